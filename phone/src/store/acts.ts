/** What is done with tickets on this phone: begun, filled in, submitted. On the disk when its promise is kept. */
import { db, type Act } from './db'
import { newId, sha256 } from './ids'
import { setting } from './settings'
import { clockOf, forgetPhoto, freeSlot, queuePhotos, whenRoom, type NewPhoto } from './visits'
import type { ActMove, ActReport, Ticket } from '../wire'

/** The act was submitted meanwhile, or thrown away. */
export class NoDraft extends Error {}

export interface Decision {
  move: ActMove
  words: string
  until?: string
}

/** The draft of a ticket, if one was begun. */
export async function draftOf(account: string, ticket: string): Promise<Act | undefined> {
  const found = await db.acts.where('ticket.id').equals(ticket).toArray()
  return found.find((one) => one.account === account && one.state === 'draft')
}

/** Write the words of a draft, begun with the first. */
export const writeWords = (account: string, ticket: Ticket, words: string): Promise<Act> =>
  whenRoom(() => db.transaction('rw', db.acts, () => changed(account, ticket, (act) => { act.words = words })))

/** Keep a photo: bytes, copy and its place in the draft, all or nothing. */
export async function addActPhoto(account: string, ticket: Ticket, made: NewPhoto): Promise<Act> {
  const digest = await sha256(made.bytes)
  return whenRoom(() =>
    db.transaction('rw', db.acts, db.originals, db.copies, async () => {
      await db.originals.put({ sha256: digest, type: made.type, bytes: made.bytes })
      await db.copies.put({ sha256: digest, bytes: made.copy })
      return changed(account, ticket, (act) => {
        if (act.photos.some((one) => one.sha256 === digest)) return
        act.photos.push({ ...made.photo, sha256: digest, slot: freeSlot(act, made.photo.clause) })
      })
    }),
  )
}

/** Take a photo out of a draft. */
export async function removeActPhoto(id: string, slot: string): Promise<void> {
  await db.transaction('rw', [db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    const held = await drafted(id)
    const gone = held.photos.find((one) => one.slot === slot)
    held.photos = held.photos.filter((one) => one.slot !== slot)
    await db.acts.put(held)
    if (gone) await forgetPhoto(gone.sha256)
  })
}

/** Throw a draft or a refused act away with its photos. */
export async function dropAct(id: string): Promise<void> {
  await db.transaction('rw', [db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    const held = await db.acts.get(id)
    if (held?.state !== 'draft' && held?.state !== 'refused') throw new NoDraft(id)
    await db.acts.delete(id)
    for (const photo of held.photos) await forgetPhoto(photo.sha256)
  })
}

/** A refused act's photos and words as the draft of the ticket as it is now; a draft that was begun takes them in. */
export async function takeUpAgain(id: string, ticket: Ticket): Promise<void> {
  await db.transaction('rw', db.acts, async () => {
    const refused = await db.acts.get(id)
    if (refused?.state !== 'refused') throw new NoDraft(id)
    await changed(refused.account, ticket, (act) => {
      act.words ||= refused.words
      const known = new Set(act.photos.map((one) => one.sha256))
      for (const photo of refused.photos.filter((one) => !known.has(one.sha256))) {
        act.photos.push({ ...photo, slot: freeSlot(act, photo.clause) })
      }
    })
    await db.acts.delete(id)
  })
}

/**
 * Freeze what was decided into the act that is sent, word for word, each time; its photos join the queue.
 * The draft's photos go with moves that show something; asking for time or giving back leaves the draft alone.
 */
export async function submitAct(account: string, ticket: Ticket, decision: Decision, now = new Date()): Promise<Act> {
  const nonce = await setting('nonce')
  return whenRoom(() =>
    db.transaction('rw', [db.acts, db.uploads, db.originals], async () => {
      const draft = decision.move === 'extension' ? undefined : await draftOf(account, ticket.id)
      const act = draft ?? blank(account, ticket, now)
      const photos = decision.move === 'return' ? [] : act.photos
      const report: ActReport = {
        ticket: ticket.id, move: decision.move, version: ticket.version, words: decision.words,
        until: decision.until ?? null, made: now.toISOString(),
        photos: photos.map(({ sha256: digest, grade, taken, position }) => ({ sha256: digest, grade, taken, position })),
        clock: clockOf(nonce, now),
      }
      Object.assign(act, {
        state: 'waiting', ticket: plain(ticket), move: decision.move, words: decision.words, until: decision.until ?? null,
        body: JSON.stringify(report), submitted: now.toISOString(), updated: now.getTime(),
      })
      await db.acts.put(act)
      await queuePhotos({ ...act, photos })
      return act
    }),
  )
}

async function drafted(id: string): Promise<Act> {
  const held = await db.acts.get(id)
  if (held?.state !== 'draft') throw new NoDraft(id)
  return held
}

async function changed(account: string, ticket: Ticket, apply: (act: Act) => void): Promise<Act> {
  const act = (await draftOf(account, ticket.id)) ?? blank(account, ticket, new Date())
  apply(act)
  act.updated = Date.now()
  await db.acts.put(act)
  return act
}

const blank = (account: string, ticket: Ticket, now: Date): Act => ({
  id: newId(now.getTime()), account, state: 'draft', ticket: plain(ticket), move: null, words: '', until: null, photos: [],
  started: now.toISOString(), body: null, submitted: null, tries: 0, nextTry: 0, trouble: '', problems: [], receipt: null,
  outcome: '', updated: now.getTime(),
})

/** A page may hold a ticket as a proxy, which no disk takes. */
const plain = (ticket: Ticket): Ticket => JSON.parse(JSON.stringify(ticket)) as Ticket
