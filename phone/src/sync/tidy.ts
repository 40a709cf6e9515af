/** Frees the phone of what the server has: bytes after a week, or at once when room is short; visits after a month. */
import { db } from '../store/db'
import { status } from './status'

const DAY = 86_400_000
const SHORT = 500 * 1024 * 1024

export async function tidy(now = Date.now()): Promise<void> {
  const isShort = status.storageLeft !== null && status.storageLeft < SHORT
  await db.transaction('rw', [db.visits, db.originals, db.copies, db.uploads], async () => {
    const done = await db.visits.where('state').equals('sent').toArray()
    for (const visit of done) {
      const age = now - visit.updated
      const digests = visit.photos.map((one) => one.sha256)
      if (isShort || age > 7 * DAY) await db.originals.bulkDelete(await arrivedOnly(digests))
      if (age > 30 * DAY && (await arrivedOnly(digests)).length === digests.length) {
        await db.copies.bulkDelete(digests)
        await db.uploads.bulkDelete(digests)
        await db.visits.delete(visit.id)
      }
    }
  })
}

/** Those photos that the server has. */
async function arrivedOnly(digests: string[]): Promise<string[]> {
  const found = await db.uploads.bulkGet(digests)
  return digests.filter((_, at) => found[at]?.waiting === 0)
}

/** The server ended this session: forget the day's list and what it took; what waits or is held stays to be seen. */
export async function forgetSafe(account: string): Promise<void> {
  await db.transaction('rw', [db.tasks, db.visits, db.originals, db.copies, db.uploads], async () => {
    await db.tasks.where('account').equals(account).delete()
    const visits = await db.visits.where('account').equals(account).toArray()
    for (const visit of visits.filter((one) => one.state === 'sent')) {
      const digests = visit.photos.map((one) => one.sha256)
      if ((await arrivedOnly(digests)).length === digests.length) await db.visits.delete(visit.id)
    }
    const needed = new Set((await db.visits.toArray()).flatMap((one) => one.photos.map((photo) => photo.sha256)))
    for (const table of [db.originals, db.copies, db.uploads]) {
      await table.filter((one: { sha256: string }) => !needed.has(one.sha256)).delete()
    }
  })
}
