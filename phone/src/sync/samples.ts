/** For tests: a signed-in phone with inspections on it. */
import { db, type Act, type Visit } from '../store/db'
import { submitAct, addActPhoto } from '../store/acts'
import { remember } from '../store/settings'
import { addPhoto, begin, submit } from '../store/visits'
import type { Site, Task, Ticket } from '../wire'

export const SITE: Site = {
  id: '00000000-0000-7000-8000-000000000001', code: 'QP-001', name: '示例小区', kind: 'compound', committee: '甲居委会',
  address: '示例路1号', latitude: '31.1', longitude: '121.0', opening: [['07:00', '09:00']],
}
export const APP = { version: 'test', mode: 'browser' }

export async function freshPhone(account = 'a1'): Promise<void> {
  await Promise.all(db.tables.map((table) => table.clear()))
  await signedInAs(account)
}

export const signedInAs = (account: string): Promise<void> =>
  remember('session', { token: 't', account, name: '甲', post: '检查员' })

export const taskOf = (number: number): Task => ({
  id: `task-${String(number)}`, day: '2026-11-24', position: number, arrival: null, is_recheck: false, state: 'planned',
  standard: 's1', site: SITE,
})

export async function drafted(number = 1, account = 'a1'): Promise<Visit> {
  return begin(account, { task: taskOf(number), site: SITE, standard: 's1', reason: '' })
}

/** Bytes like no others. */
export function bytesOf(seed: number, size = 64): ArrayBuffer {
  const made = new Uint8Array(size)
  for (let at = 0; at < size; at++) made[at] = (seed * 31 + at * 7 + (at >> 8)) % 256
  new DataView(made.buffer).setUint32(0, seed)
  return made.buffer
}

export const withPhoto = (id: string, seed: number, size = 64): Promise<Visit> =>
  addPhoto(id, {
    photo: { clause: 'bins', grade: 'A', taken: new Date().toISOString(), position: null },
    type: 'image/jpeg', bytes: bytesOf(seed, size), copy: new ArrayBuffer(4),
  })

/** A submitted inspection with photos, in the queue. */
export async function waiting(number: number, photos = 1, size = 64): Promise<Visit> {
  const visit = await drafted(number)
  for (let at = 0; at < photos; at++) await withPhoto(visit.id, number * 100 + at, size)
  return submit(visit.id, APP)
}

export const ticketOf = (number = 1): Ticket => ({
  id: `ticket-${String(number)}`, number: `2026-0000${String(number)}`, version: 3, state: 'dispatched', state_words: '整改中',
  class_words: '设施', severity: '一般', summary: '容器不全', found: [], due: '2026-12-01T09:00:00Z', light: 'green',
  supervised: false, needs_photo: true, handler: '甲物业', handled_words: '', moves: ['return', 'handle'], extend_until: null,
  site: SITE, before: [], after: [], steps: [],
})

/** A submitted repair with a photo, in the queue. */
export async function mended(number = 1, account = 'a1'): Promise<Act> {
  const ticket = ticketOf(number)
  await addActPhoto(account, ticket, {
    photo: { clause: 'ticket', grade: 'A', taken: new Date().toISOString(), position: null },
    type: 'image/jpeg', bytes: bytesOf(9000 + number), copy: new ArrayBuffer(4),
  })
  return submitAct(account, ticket, { move: 'handle', words: '已补齐' })
}
