import { beforeEach, describe, expect, test, vi } from 'vitest'

import { db } from '../store/db'
import { signIn, signOut } from './account'
import { sendOne, syncNow } from './engine'
import { exportQueue } from './export'
import { FakeServer, type Fault } from './fake'
import { sendDue } from './queue'
import { bytesOf, drafted, freshPhone, signedInAs, waiting } from './samples'
import { status } from './status'
import { sha256 } from '../store/ids'

let server: FakeServer

beforeEach(async () => {
  await freshPhone()
  status.signedOut = false
  server = new FakeServer()
  server.install()
})

const gone = (): Response => new Response('{"accepted":false,"message":"请重新登录。"}', { status: 401 })
const pass = (account = 'a1'): Promise<boolean> => sendDue({ account, asked: true, mobile: false })
const paths = (): string[] => server.calls.map((one) => one.path.split('/')[1] ?? '')
const one = async (id: string) => {
  const found = await db.visits.get(id)
  if (!found) throw new Error(`no visit ${id}`)
  return found
}

describe('what counts as safe', () => {
  test('a report and its photo go out, and their receipt is kept', async () => {
    const { id } = await waiting(1)
    await pass()
    expect(await one(id)).toMatchObject({ state: 'sent', score: '90', standing: 'counts', trouble: '' })
    expect((await one(id)).receipt).toHaveLength(64)
    expect(server.photos.size).toBe(1)
    expect(await db.uploads.where('waiting').equals(1).count()).toBe(0)
  })

  test('T01: the answer is lost on its way; the same bytes again are one report', async () => {
    const { id, body } = await waiting(1, 0)
    server.faults = ['cut after']
    await pass()
    expect((await one(id)).state).toBe('waiting')
    await pass()
    expect((await one(id)).state).toBe('sent')
    expect([...server.reports]).toEqual([[id, body]])
  })

  test('T08: a portal that answers 200 with a page is not the server', async () => {
    const { id } = await waiting(1, 0)
    server.faults = ['portal']
    await pass()
    expect(await one(id)).toMatchObject({ state: 'waiting', tries: 1 })
    expect((await one(id)).trouble).toContain('无线网络')
  })

  test('an envelope for another report is not its receipt', async () => {
    const { id } = await waiting(1, 0)
    server.instead.set(`/inspections/${id}`, () => new Response('{"accepted":true,"id":"other","receipt":"x"}'))
    await pass()
    expect((await one(id)).state).toBe('waiting')
  })

  test('T04: other bytes under the id: both are kept and a person decides', async () => {
    const { id } = await waiting(1, 0)
    server.reports.set(id, '{"photos":[],"answers":{},"other":1}')
    await pass()
    expect(await one(id)).toMatchObject({ state: 'held', trouble: '两份都已保存' })
  })

  test('202: the server holds it for a person, and it is not sent again', async () => {
    const { id } = await waiting(1, 0)
    const held = { accepted: true, held: true, id, receipt: 'r', why: 'clock', problems: [{ code: 'x', place: '', message: '时钟不对' }] }
    server.instead.set(`/inspections/${id}`, () => new Response(JSON.stringify(held), { status: 202 }))
    await pass()
    await pass()
    expect(await one(id)).toMatchObject({ state: 'held', trouble: '时钟不对' })
    expect(server.calls).toHaveLength(1)
  })

  test('422: the server will not have it; it stays here with the reasons', async () => {
    const { id } = await waiting(1, 0)
    const told = { accepted: false, problems: [{ code: 'api.shape', place: 'answers', message: '多余' }] }
    server.instead.set(`/inspections/${id}`, () => new Response(JSON.stringify(told), { status: 422 }))
    await pass()
    expect(await one(id)).toMatchObject({ state: 'refused', problems: told.problems })
  })
})

describe('T09: the server cannot now', () => {
  test.each<[Fault, number]>([['error 500', 2_000], ['busy 503', 120_000], ['slow down 429', 600_000]])(
    '%s: later, in the same order', async (fault, least) => {
      const first = await waiting(1, 0)
      const second = await waiting(2, 0)
      server.faults = [fault]
      const before = Date.now()
      await pass()
      expect((await one(first.id)).nextTry).toBeGreaterThanOrEqual(before + least)
      expect(server.reports.size).toBe(0)
      await pass()
      expect([...server.reports.keys()]).toEqual([first.id, second.id])
    })

  test('what is put off is left alone until its time, unless a person asks', async () => {
    await waiting(1, 0)
    server.faults = ['error 500']
    await pass()
    await sendDue({ account: 'a1', asked: false, mobile: false })
    expect(server.calls).toHaveLength(1)
    await sendDue({ account: 'a1', asked: false, mobile: false }, Date.now() + 3_600_000)
    expect(server.reports.size).toBe(1)
  })

  test('413 names the photo; the others go on', async () => {
    const visit = await waiting(1, 2)
    const large = visit.photos[0]?.sha256 ?? ''
    server.instead.set(`/photos/${large}`, () => new Response('{"accepted":false,"message":"照片太大"}', { status: 413 }))
    await pass()
    expect(await db.uploads.get(large)).toMatchObject({ waiting: 1, trouble: '照片太大' })
    expect(server.photos.size).toBe(1)
  })
})

describe('photos', () => {
  test('text first, then photos', async () => {
    await waiting(1, 2)
    await waiting(2, 1)
    await pass()
    expect(paths()).toEqual(['inspections', 'inspections', 'photos', 'photos', 'photos'])
  })

  test('T02: a cut in the middle goes on where it broke', async () => {
    const size = 2_500_000
    await waiting(1, 1, size)
    server.faults = ['none', 'none', 'half']
    await pass()
    expect(server.photos.size).toBe(0)
    await pass()
    const [whole] = [...server.photos.values()]
    expect(await sha256(whole?.buffer as ArrayBuffer)).toBe(await sha256(bytesOf(100, size)))
    const sent = server.calls.reduce((sum, call) => sum + (call.body instanceof ArrayBuffer ? call.body.byteLength : 0), 0)
    expect(sent).toBeLessThan(size * 1.5)
  })

  test('a photo the server asks for again is sent again', async () => {
    const visit = await waiting(1)
    await pass()
    server.photos.clear()
    await db.visits.update(visit.id, { state: 'waiting' })
    await pass()
    expect(server.photos.size).toBe(1)
  })

  test('photos wait on mobile data, reports do not, and a person may have it otherwise', async () => {
    vi.stubGlobal('navigator', Object.assign(Object.create(navigator) as object, { connection: { type: 'cellular' } }))
    await waiting(1)
    await pass()
    expect(paths()).toEqual(['inspections'])
    await sendDue({ account: 'a1', asked: true, mobile: true })
    expect(server.photos.size).toBe(1)
    vi.unstubAllGlobals()
  })
})

describe('whose work it is', () => {
  test('T10: another person on the same phone does not send it as his own', async () => {
    const { id } = await waiting(1)
    await signedInAs('a2')
    await syncNow()
    expect(server.reports.size).toBe(0)
    expect((await one(id)).state).toBe('waiting')
    await signedInAs('a1')
    await syncNow()
    expect(server.reports.size).toBe(1)
  })

  test('T10: the sign-in runs out in the middle; the queue stays and goes on after a new one', async () => {
    await waiting(1, 0)
    for (const path of ['/queue', '/tasks']) server.instead.set(path, gone)
    window.dispatchEvent(new Event('online'))
    await syncNow({ mobile: false })
    expect(status.signedOut).toBe(true)
    server.instead.clear()
    expect(await signIn('a', 'b', '')).toBe('')
    await syncNow()
    expect(server.reports.size).toBe(1)
  })

  test('T102: signing out wipes the phone, but never work that only it has', async () => {
    const { id } = await waiting(1)
    expect(await signOut()).toContain('1 条检查、1 张照片')
    expect(await one(id)).toMatchObject({ state: 'waiting' })
    await syncNow()
    expect(await signOut()).toBe('')
    for (const table of [db.visits, db.tasks, db.originals, db.copies, db.uploads]) expect(await table.count()).toBe(0)
    expect(await db.settings.get('session')).toBeUndefined()
  })

  test('T102: a session that the server ended takes with it what the server has, and nothing else', async () => {
    const safe = await waiting(1)
    await syncNow()
    const draft = await drafted(2)
    const kept = await waiting(3)
    for (const path of ['/queue', '/tasks', `/inspections/${kept.id}`]) server.instead.set(path, gone)
    for (const { sha256: digest } of kept.photos) server.instead.set(`/photos/${digest}`, gone)
    await syncNow()
    expect(await db.visits.get(safe.id)).toBeUndefined()
    expect((await db.originals.toArray()).map((held) => held.sha256)).toEqual(kept.photos.map((photo) => photo.sha256))
    expect([(await one(draft.id)).state, (await one(kept.id)).state]).toEqual(['draft', 'waiting'])
  })

  test('a draft also keeps the phone from being wiped', async () => {
    await drafted(1)
    expect(await signOut()).toContain('1 条检查')
  })
})

test('what is asked for while a pass is under way is done as it was asked', async () => {
  const [first] = [await waiting(1, 0), await waiting(2, 0)]
  const going = sendOne(first.id)
  await syncNow()
  await going
  expect(server.reports.size).toBe(2)
})

test('T17: the exported file carries each waiting report word for word, with its photos', async () => {
  const visit = await waiting(1)
  const file = JSON.parse(await (await exportQueue()).text()) as {
    format: string; account: string; reports: { id: string; report: unknown }[]; photos: { sha256: string; data: string }[]
  }
  expect(file).toMatchObject({ format: 'zerentian-queue', account: 'a1' })
  expect(file.reports).toEqual([{ id: visit.id, report: JSON.parse(visit.body ?? '') as unknown }])
  expect(file.photos.map((photo) => photo.sha256)).toEqual([visit.photos[0]?.sha256])
  expect(atob(file.photos[0]?.data ?? '')).toHaveLength(64)
})

test('two hundred cuts at random: nothing lost, nothing doubled, nothing half', async () => {
  const kinds: Fault[] = ['none', 'cut before', 'cut after', 'portal', 'error 500', 'busy 503', 'half']
  let seed = 7
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
  const made = []
  for (let number = 1; number <= 12; number++) made.push(await waiting(number, 2, 3_000))
  let faults = 0
  for (let round = 0; round < 400 && (await db.uploads.where('waiting').equals(1).count()) > 0; round++) {
    server.faults = Array.from({ length: 3 }, () => kinds[Math.floor(random() * kinds.length)] ?? 'none')
    faults += server.faults.filter((fault) => fault !== 'none').length
    await pass()
  }
  await pass()
  expect(faults).toBeGreaterThan(20)
  expect(new Set(server.reports.keys())).toEqual(new Set(made.map((visit) => visit.id)))
  for (const visit of made) {
    expect(server.reports.get(visit.id)).toBe(visit.body)
    for (const photo of visit.photos) expect(server.photos.has(photo.sha256)).toBe(true)
  }
})
