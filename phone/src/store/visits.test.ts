import Dexie from 'dexie'
import { beforeEach, expect, test, vi } from 'vitest'

import { db, PhoneDatabase } from './db'
import { newId } from './ids'
import { answer, begin, discard, NotADraft, removePhoto, StorageFull, submit } from './visits'
import { APP, bytesOf, drafted, freshPhone, SITE, taskOf, waiting, withPhoto } from '../sync/samples'
import type { Report } from '../wire'

beforeEach(() => freshPhone())

const reportOf = (body: string | null): Report => JSON.parse(body ?? '') as Report

test('a visit begun twice is one visit', async () => {
  const [first, second] = await Promise.all([drafted(1), drafted(1)])
  expect(second.id).toBe(first.id)
  expect(await db.visits.count()).toBe(1)
})

test('outside the list, the same site is one draft as well', async () => {
  const from = { task: null, site: SITE, standard: 's1', reason: '群众投诉' }
  expect((await begin('a1', from)).id).toBe((await begin('a1', from)).id)
})

test('each answer is on the disk when its promise is kept', async () => {
  const { id } = await drafted()
  await answer(id, 'bins', 'yes')
  const reopened = new PhoneDatabase()
  expect((await reopened.visits.get(id))?.answers).toEqual({ bins: 'yes' })
  reopened.close()
})

test('answers given at once are all kept', async () => {
  const { id } = await drafted()
  await Promise.all(Array.from({ length: 40 }, (_, at) => answer(id, `c${String(at)}`, 'yes')))
  expect(Object.keys((await db.visits.get(id))?.answers ?? {})).toHaveLength(40)
})

test('T03: two taps, one report', async () => {
  const { id } = await drafted()
  const [first, second] = await Promise.all([submit(id, APP), submit(id, APP)])
  expect(second.body).toBe(first.body)
  expect(second.number).toBe(first.number)
  await expect(answer(id, 'bins', 'no')).rejects.toThrow(NotADraft)
})

test('reports of a phone are numbered and chained', async () => {
  const first = await waiting(1)
  const second = await waiting(2)
  expect(reportOf(first.body).phone).toMatchObject({ number: 1, previous: '' })
  const { number, previous } = reportOf(second.body).phone ?? {}
  expect(number).toBe(2)
  expect(previous).toMatch(/^[0-9a-f]{64}$/)
})

test('the report says what the phone knows of time', async () => {
  const nonce = { nonce: 'n', serverTime: '', atNonce: '2026-11-24T00:00:00.000Z', ticks: performance.now() - 5000 }
  const { RUN, remember } = await import('./settings')
  await remember('nonce', { ...nonce, run: RUN })
  const known = reportOf((await waiting(1, 0)).body).clock
  expect(known?.elapsed).toBeGreaterThanOrEqual(5000)
  await remember('nonce', { ...nonce, run: 'before the restart' })
  expect(reportOf((await waiting(2, 0)).body).clock?.elapsed).toBeNull()
})

test('T14: the disk is full at the ninth photo; eight are safe and the ninth is not said to be', async () => {
  const { id } = await drafted()
  for (let at = 1; at <= 8; at++) await withPhoto(id, at)
  const put = vi.spyOn(db.copies, 'put').mockImplementation(() => {
    throw new Dexie.QuotaExceededError('full')
  })
  await expect(withPhoto(id, 9)).rejects.toThrow(StorageFull)
  put.mockRestore()
  expect((await db.visits.get(id))?.photos).toHaveLength(8)
  expect(await db.originals.count()).toBe(8)
})

test('the same photo twice for a clause is one; for two clauses it is shown with both', async () => {
  const { id } = await drafted()
  await withPhoto(id, 1)
  const held = await withPhoto(id, 1)
  expect(held.photos.map((photo) => photo.slot)).toEqual(['bins:1'])
})

test('a photo taken out of a draft leaves nothing, one that another visit shows stays', async () => {
  const first = await drafted(1)
  const second = await drafted(2)
  await withPhoto(first.id, 1)
  await withPhoto(second.id, 1)
  await removePhoto(first.id, 'bins:1')
  expect(await db.originals.count()).toBe(1)
  await discard(second.id)
  expect(await db.originals.count()).toBe(0)
  expect(await db.visits.count()).toBe(1)
})

test('bytes are kept as they came', async () => {
  const { id } = await drafted()
  await withPhoto(id, 5, 1000)
  const [kept] = await db.originals.toArray()
  expect(new Uint8Array(kept?.bytes ?? new ArrayBuffer(0))).toEqual(new Uint8Array(bytesOf(5, 1000)))
})

test('ids sort by the time they were made', () => {
  const [early, late] = [newId(1_000), newId(2_000)]
  expect(early < late).toBe(true)
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a task keeps what the report needs', async () => {
  const report = reportOf((await waiting(3, 0)).body)
  expect(report).toMatchObject({ task: taskOf(3).id, standard: 's1' })
  expect(report.site).toBeUndefined()
})
