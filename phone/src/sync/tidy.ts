/** Frees the phone of what the server has: bytes after a week, or at once when room is short; visits after a month. */
import type { Table } from 'dexie'

import { db, type Act, type Visit } from '../store/db'
import { status } from './status'

const DAY = 86_400_000
const SHORT = 500 * 1024 * 1024

export async function tidy(now = Date.now()): Promise<void> {
  const isShort = status.storageLeft !== null && status.storageLeft < SHORT
  await db.transaction('rw', [db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    for (const table of [db.visits, db.acts] as Table<Visit | Act, string>[]) {
      for (const done of await table.where('state').equals('sent').toArray()) {
        const age = now - done.updated
        const digests = done.photos.map((one) => one.sha256)
        if (isShort || age > 7 * DAY) await db.originals.bulkDelete(await arrivedOnly(digests))
        if (age > 30 * DAY && (await arrivedOnly(digests)).length === digests.length) {
          await db.copies.bulkDelete(digests)
          await db.uploads.bulkDelete(digests)
          await table.delete(done.id)
        }
      }
    }
  })
}

/** Those photos that the server has, or was never to have. */
async function arrivedOnly(digests: string[]): Promise<string[]> {
  const found = await db.uploads.bulkGet(digests)
  return digests.filter((_, at) => found[at]?.waiting !== 1)
}

/** The server ended this session: forget the day's list and what it took; what waits or is held stays to be seen. */
export async function forgetSafe(account: string): Promise<void> {
  await db.transaction('rw', [db.tasks, db.tickets, db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    await db.tasks.where('account').equals(account).delete()
    await db.tickets.where('account').equals(account).delete()
    for (const table of [db.visits, db.acts] as Table<Visit | Act, string>[]) {
      const sent = await table.where('[account+state]').equals([account, 'sent']).toArray()
      for (const one of sent) {
        const digests = one.photos.map((photo) => photo.sha256)
        if ((await arrivedOnly(digests)).length === digests.length) await table.delete(one.id)
      }
    }
    const ours = await ownPhotos()
    for (const table of [db.originals, db.uploads]) {
      await table.filter((one: { sha256: string }) => !ours.has(one.sha256)).delete()
    }
    await forgetCopies(ours)
  })
}

/** Delete the copies that nothing shows: neither what was made here nor a ticket. */
export async function forgetCopies(ours?: Set<string>): Promise<void> {
  const shown = ours ?? (await ownPhotos())
  for (const { ticket } of await db.tickets.toArray()) {
    for (const photo of [...ticket.before, ...ticket.after]) shown.add(photo.sha256)
  }
  const gone = (await db.copies.toCollection().primaryKeys()).filter((one) => !shown.has(one))
  await db.copies.bulkDelete(gone)
}

async function ownPhotos(): Promise<Set<string>> {
  const made = [...(await db.visits.toArray()), ...(await db.acts.toArray())]
  return new Set(made.flatMap((one) => one.photos.map((photo) => photo.sha256)))
}
