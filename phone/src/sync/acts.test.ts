import { beforeEach, expect, test } from 'vitest'

import { db, type Act } from '../store/db'
import { addActPhoto, draftOf, dropAct, submitAct, takeUpAgain, writeWords } from '../store/acts'
import { signIn, signOut } from './account'
import { exportQueue } from './export'
import { FakeServer } from './fake'
import { sendDue } from './queue'
import { bytesOf, freshPhone, mended, ticketOf, waiting } from './samples'
import { refreshTickets } from './tickets'
import { forgetSafe } from './tidy'
import { remember, setting } from '../store/settings'

let server: FakeServer

beforeEach(async () => {
  await freshPhone()
  server = new FakeServer()
  server.install()
})

const pass = (): Promise<boolean> => sendDue({ account: 'a1', asked: true, mobile: false })
const paths = (): string[] => server.calls.map((one) => one.path.split('/')[1] ?? '')
const one = async (id: string): Promise<Act> => {
  const found = await db.acts.get(id)
  if (!found) throw new Error(`no act ${id}`)
  return found
}
const refuse = (id: string, status: number, message: string): void => {
  server.instead.set(`/ticket-acts/${id}`, () => new Response(JSON.stringify({ accepted: false, id, message }), { status }))
}

test('photos go first, then the act, and its receipt is kept', async () => {
  const { id } = await mended()
  await pass()
  expect(paths()).toEqual(['photos', 'ticket-acts'])
  expect(await one(id)).toMatchObject({ state: 'sent', outcome: '待核查', trouble: '' })
  expect((await one(id)).receipt).toHaveLength(64)
})

test('the answer is lost on its way: the same bytes again are one act', async () => {
  const { id, body } = await mended()
  server.faults = ['none', 'cut after']
  await pass()
  expect((await one(id)).state).toBe('waiting')
  await pass()
  expect((await one(id)).state).toBe('sent')
  expect([...server.acts]).toEqual([[id, body]])
})

test('an act waits while its photo does not come', async () => {
  const { id } = await mended()
  server.faults = ['error 500']
  await pass()
  expect(paths()).toEqual(['photos'])
  expect((await one(id)).state).toBe('waiting')
})

test('photos that the server lost go again', async () => {
  const { id } = await mended()
  const digest = (await one(id)).photos[0]?.sha256 ?? ''
  await db.uploads.update(digest, { waiting: 0 })
  await pass()
  expect((await one(id)).trouble).toContain('照片')
  await pass()
  expect((await one(id)).state).toBe('sent')
})

test('photos that are gone here as well are told, and the act can be made anew', async () => {
  const { id } = await mended()
  const digest = (await one(id)).photos[0]?.sha256 ?? ''
  await db.originals.delete(digest)
  await db.uploads.update(digest, { waiting: 0 })
  await pass()
  expect(await one(id)).toMatchObject({ state: 'refused' })
})

test.each([403, 404, 409, 422])('%i: the act stays here with its reason, and is not sent again', async (status) => {
  const { id } = await mended()
  refuse(id, status, '整改单已由他人办理')
  await pass()
  expect(await one(id)).toMatchObject({ state: 'refused', trouble: '整改单已由他人办理', words: '已补齐' })
  const sent = server.calls.length
  await pass()
  expect(server.calls).toHaveLength(sent)
  expect(await db.originals.count()).toBe(1)
})

test('a refused act is taken up again with its photos and words, on the ticket as it is now', async () => {
  const { id } = await mended()
  refuse(id, 409, '已督办')
  await pass()
  const now = { ...ticketOf(), version: 4 }
  await takeUpAgain(id, now)
  expect(await draftOf('a1', now.id)).toMatchObject({ state: 'draft', words: '已补齐', photos: [{ clause: 'ticket' }] })
  const again = await submitAct('a1', now, { move: 'handle', words: '已补齐' })
  expect(again.id).not.toBe(id)
  expect(JSON.parse(again.body ?? '')).toMatchObject({ version: 4, photos: [{ grade: 'A' }] })
  await pass()
  expect((await one(again.id)).state).toBe('sent')
})

test('asking for time leaves the draft alone; giving back sends no photo', async () => {
  await addActPhoto('a1', ticketOf(), { photo: { clause: 'ticket', grade: 'B', taken: '', position: null }, type: 'image/jpeg', bytes: bytesOf(1), copy: bytesOf(2) })
  await writeWords('a1', ticketOf(), '正在做')
  await submitAct('a1', ticketOf(), { move: 'extension', words: '定制', until: '2026-12-05T09:00:00Z' })
  expect(await draftOf('a1', 'ticket-1')).toMatchObject({ words: '正在做' })
  const back = await submitAct('a1', ticketOf(), { move: 'return', words: '不归我们' })
  expect(JSON.parse(back.body ?? '')).toMatchObject({ move: 'return', photos: [] })
  await pass()
  expect(paths()).toEqual(['ticket-acts', 'ticket-acts'])
})

test('photos of a visit that share the pass do not hold an act up on mobile data', async () => {
  await waiting(1)
  const { id } = await mended()
  Object.defineProperty(navigator, 'connection', { value: { type: 'cellular' }, configurable: true })
  await pass()
  Reflect.deleteProperty(navigator, 'connection')
  expect((await one(id)).state).toBe('sent')
  expect(await db.uploads.where('waiting').equals(1).count()).toBe(1)
})

test('signing out is refused while an act waits; a draft can be thrown away', async () => {
  await mended()
  expect(await signOut()).toContain('1 条整改、1 张照片')
  await pass()
  await writeWords('a1', ticketOf(2), '写了一半')
  const draft = await draftOf('a1', 'ticket-2')
  await dropAct(draft?.id ?? '')
  expect(await signOut()).toBe('')
  expect(await db.acts.count()).toBe(0)
})

test('the list comes with the sign-in; what is no more listed loses its copies, not what was made here', async () => {
  server.work = ['tickets']
  server.tickets = [{ ...ticketOf(), before: [{ id: 'p', sha256: 'ab', doubt: '' }] }]
  await signIn('x', 'y', '')
  expect((await setting('session'))?.work).toEqual(['tickets'])
  expect(await db.tickets.count()).toBe(1)
  await db.copies.put({ sha256: 'ab', bytes: bytesOf(1) })
  await mended()
  server.tickets = []
  await refreshTickets()
  expect(await db.copies.count()).toBe(1)
  expect(await db.copies.get('ab')).toBeUndefined()
})

test('a session that ended forgets lists and what is safe, and keeps what waits', async () => {
  const { id } = await mended()
  await db.tickets.put({ account: 'a1', id: 'ticket-1', order: 0, ticket: ticketOf() })
  await forgetSafe('a1')
  expect(await db.tickets.count()).toBe(0)
  expect((await one(id)).state).toBe('waiting')
  expect(await db.originals.count()).toBe(1)
})

test('an account without tickets does not ask for them; the file for supervisors holds inspections only', async () => {
  await remember('session', { token: 't', account: 'a1', name: '甲', post: '检查员' })
  expect(await refreshTickets()).toBe('')
  expect(server.calls).toHaveLength(0)
  await waiting(1)
  await mended()
  const file = JSON.parse(await (await exportQueue()).text()) as { reports: object[]; photos: object[] }
  expect([file.reports.length, file.photos.length]).toEqual([1, 1])
})
