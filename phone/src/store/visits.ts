/** Inspections on this phone: begun, filled in, submitted. Each change is on the disk when its promise is kept. */
import { db, type SitePlace, type Visit, type VisitPhoto } from './db'
import { newId, sha256 } from './ids'
import { RUN, setting, remember, type Nonce } from './settings'
import type { Fix, Missing, Report, Site, Task } from '../wire'

/** The submitted visit is no longer a draft. */
export class NotADraft extends Error {}

/** The disk is full: what was kept before stays, this was not kept. */
export class StorageFull extends Error {}

export interface Beginning {
  task: Task | null
  site: Site
  standard: string
  reason: string
}

/** Begin a visit, or go on with the one begun for the same task (or, outside the list, the same site). */
export async function begin(account: string, from: Beginning, now = new Date()): Promise<Visit> {
  return db.transaction('rw', db.visits, async () => {
    const drafts = await db.visits.where('[account+state]').equals([account, 'draft']).toArray()
    const going = drafts.find((one) => (from.task ? one.task === from.task.id : !one.task && one.site.id === from.site.id))
    if (going) return going
    const made = blank(account, from, now)
    await db.visits.add(made)
    return made
  })
}

/** Change a draft. Raises `NotADraft` once it is submitted, `StorageFull` when the disk has no room. */
export async function change(id: string, apply: (visit: Visit) => void): Promise<Visit> {
  return whenRoom(() =>
    db.transaction('rw', db.visits, async () => {
      const held = await db.visits.get(id)
      if (held?.state !== 'draft') throw new NotADraft(id)
      apply(held)
      held.updated = Date.now()
      await db.visits.put(held)
      return held
    }),
  )
}

export const answer = (id: string, clause: string, text: string): Promise<Visit> =>
  change(id, (visit) => {
    if (text === '') Reflect.deleteProperty(visit.answers, clause)
    else visit.answers[clause] = text
  })

export const addFix = (id: string, fix: Fix): Promise<Visit> => change(id, (visit) => visit.fixes.push(fix))

export const note = (id: string, missing: Missing): Promise<Visit> =>
  change(id, (visit) => {
    if (!visit.missing.includes(missing)) visit.missing.push(missing)
  })

export interface NewPhoto {
  photo: Omit<VisitPhoto, 'slot' | 'sha256'>
  type: string
  bytes: ArrayBuffer
  copy: ArrayBuffer
}

/** Keep a photo: bytes, copy and its place in the draft, all or nothing. */
export async function addPhoto(id: string, made: NewPhoto): Promise<Visit> {
  const digest = await sha256(made.bytes)
  return whenRoom(() =>
    db.transaction('rw', db.visits, db.originals, db.copies, async () => {
      const held = await db.visits.get(id)
      if (held?.state !== 'draft') throw new NotADraft(id)
      await db.originals.put({ sha256: digest, type: made.type, bytes: made.bytes })
      await db.copies.put({ sha256: digest, bytes: made.copy })
      if (!held.photos.some((one) => one.sha256 === digest && one.clause === made.photo.clause)) {
        held.photos.push({ ...made.photo, sha256: digest, slot: freeSlot(held, made.photo.clause) })
      }
      held.updated = Date.now()
      await db.visits.put(held)
      return held
    }),
  )
}

/** Take a photo out of a draft, and its bytes with it unless another visit needs them. */
export async function removePhoto(id: string, slot: string): Promise<Visit> {
  return db.transaction('rw', [db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    const held = await db.visits.get(id)
    if (held?.state !== 'draft') throw new NotADraft(id)
    const gone = held.photos.find((one) => one.slot === slot)
    held.photos = held.photos.filter((one) => one.slot !== slot)
    await db.visits.put(held)
    if (gone) await forgetPhoto(gone.sha256)
    return held
  })
}

/** Throw a draft away with its photos. */
export async function discard(id: string): Promise<void> {
  await db.transaction('rw', [db.visits, db.acts, db.originals, db.copies, db.uploads], async () => {
    const held = await db.visits.get(id)
    if (held?.state !== 'draft') throw new NotADraft(id)
    await db.visits.delete(id)
    for (const photo of held.photos) await forgetPhoto(photo.sha256)
  })
}

/**
 * Freeze a draft into the report that is sent, word for word, each time; its photos join the queue.
 * Submitting twice (two taps, two tabs) gives the same report.
 */
export async function submit(id: string, app: { version: string; mode: string }, now = new Date()): Promise<Visit> {
  const nonce = await setting('nonce')
  const draft = await db.visits.get(id)
  const chain = draft ? await chainOf(draft.account) : { number: 1, previous: '' }
  const frozen = draft ? JSON.stringify(reportOf(draft, nonce, chain, app, now)) : ''
  const digest = await sha256(frozen)
  return whenRoom(() =>
    db.transaction('rw', [db.visits, db.uploads, db.settings, db.originals], async () => {
      const held = await db.visits.get(id)
      if (!held) throw new NotADraft(id)
      if (held.state !== 'draft') return held
      const known = await chainOf(held.account)
      if (known.number !== chain.number || held.updated !== draft?.updated) throw new Retry()
      Object.assign(held, {
        state: 'waiting', body: frozen, number: chain.number, submitted: now.toISOString(),
        ended: now.toISOString(), updated: now.getTime(),
      })
      await db.visits.put(held)
      await queuePhotos(held)
      await remember('made', { ...(await setting('made')), [held.account]: chain.number })
      await remember('previous', { ...(await setting('previous')), [held.account]: digest })
      return held
    }),
  ).catch((error: unknown) => {
    if (isA(error, Retry)) return submit(id, app, now)
    throw error
  })
}

/** A change came between reading a draft and freezing it. */
class Retry extends Error {}

/** How many reports this account has made on this phone, and the digest of the last. */
async function chainOf(account: string): Promise<{ number: number; previous: string }> {
  const made = (await setting('made'))[account] ?? 0
  return { number: made + 1, previous: (await setting('previous'))[account] ?? '' }
}

/** Put the photos of a visit or an act into the queue. */
export async function queuePhotos(visit: Pick<Visit, 'id' | 'account' | 'photos'>): Promise<void> {
  for (const { sha256: digest } of visit.photos) {
    const known = await db.uploads.get(digest)
    if (known && !known.waiting) continue
    const size = (await db.originals.get(digest))?.bytes.byteLength ?? 0
    await db.uploads.put({
      sha256: digest, visit: visit.id, account: visit.account, size, arrived: 0, waiting: 1, tries: 0, nextTry: 0,
      trouble: '',
    })
  }
}

/** Delete the bytes of a photo that nothing on this phone needs any more. */
export async function forgetPhoto(digest: string): Promise<void> {
  const shows = (one: { photos: VisitPhoto[] }): boolean => one.photos.some((photo) => photo.sha256 === digest)
  if ((await db.visits.filter(shows).count()) || (await db.acts.filter(shows).count())) return
  await db.originals.delete(digest)
  await db.copies.delete(digest)
  await db.uploads.delete(digest)
}

function blank(account: string, from: Beginning, now: Date): Visit {
  return {
    id: newId(now.getTime()), account, state: 'draft', task: from.task?.id ?? null, site: placeOf(from.site),
    reason: from.reason, isRecheck: from.task?.is_recheck ?? false, standard: from.standard, month: monthOf(now),
    started: now.toISOString(), ended: null, answers: {}, remarks: {}, remark: '', fixes: [], photos: [], missing: [],
    body: null, number: null, submitted: null, tries: 0, nextTry: 0, trouble: '', problems: [], receipt: null,
    score: null, standing: null, updated: now.getTime(),
  }
}

/** The month of a moment in the town's zone, `YYYY-MM`; the server decides the month that counts. */
export function monthOf(moment: Date): string {
  const shifted = new Date(moment.getTime() + 8 * 3_600_000)
  return shifted.toISOString().slice(0, 7)
}

/** Windows are copied: a page may hold them as a proxy, which no disk takes. */
const placeOf = ({ id, code, name, kind, committee, address, opening }: Site): SitePlace => ({
  id, code, name, kind, committee, address, opening: opening.map((pair) => [...pair]),
})

export function freeSlot(visit: Pick<Visit, 'photos'>, clause: string): string {
  const taken = new Set(visit.photos.map((one) => one.slot))
  for (let number = 1; ; number++) {
    const slot = `${clause || 'site'}:${number}`
    if (!taken.has(slot)) return slot
  }
}

function reportOf(
  visit: Visit,
  nonce: Nonce | null,
  chain: { number: number; previous: string },
  app: { version: string; mode: string },
  now: Date,
): Report {
  const start = visit.fixes.find((fix) => fix.moment === 'start')
  return {
    ...(visit.task ? { task: visit.task } : { site: visit.site.id }),
    reason: visit.reason,
    standard: visit.standard,
    started: visit.started,
    ended: now.toISOString(),
    answers: visit.answers,
    remarks: visit.remarks,
    remark: visit.remark,
    position: start
      ? { latitude: start.latitude, longitude: start.longitude, accuracy: start.accuracy ?? null }
      : null,
    fixes: visit.fixes,
    photos: visit.photos,
    clock: clockOf(nonce, now),
    phone: { app: app.version, mode: app.mode, ...chain, missing: visit.missing },
  }
}

/** What this phone's clocks say beside the server's signed time. */
export const clockOf = (nonce: Nonce | null, now: Date): NonNullable<Report['clock']> | null => nonce && {
  nonce: nonce.nonce,
  at_nonce: nonce.atNonce,
  now: now.toISOString(),
  elapsed: nonce.run === RUN ? Math.max(0, Math.round(performance.now() - nonce.ticks)) : null,
  zone: -now.getTimezoneOffset(),
}

/** Run a write; a full disk becomes `StorageFull`, with everything kept before untouched. */
export async function whenRoom<T>(write: () => PromiseLike<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (isFull(error)) throw new StorageFull('QuotaExceededError')
    throw error
  }
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const inner = (error as Error & { inner?: unknown }).inner
  return error.name === 'QuotaExceededError' || (inner !== undefined && inner !== error && isFull(inner))
}

const isA = <T extends Error>(error: unknown, kind: new () => T): boolean => error instanceof kind
