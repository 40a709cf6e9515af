/** T19: the tables of every released version are opened by the current code with all that was in them. */
import { expect, test } from 'vitest'

import { PhoneDatabase, type Visit } from './db'

type Tables = Record<string, { key: string | string[]; indices: (string | string[])[] }>

/** The tables as each version made them: key and indices, as IndexedDB itself knows them. Never to be changed. */
const VERSION_1: Tables = {
  settings: { key: 'key', indices: [] },
  tasks: { key: 'id', indices: ['account'] },
  standards: { key: 'id', indices: [] },
  visits: { key: 'id', indices: ['account', 'state', ['account', 'state'], 'task'] },
  originals: { key: 'sha256', indices: [] },
  copies: { key: 'sha256', indices: [] },
  uploads: { key: 'sha256', indices: ['waiting', 'visit', ['account', 'waiting']] },
}
const VERSION_2: Tables = {
  ...VERSION_1,
  tickets: { key: ['account', 'id'], indices: ['account'] },
  acts: { key: 'id', indices: ['account', 'state', ['account', 'state'], 'ticket.id'] },
}
/** Dexie counts in tens. */
const TENS = 10

const visit = (id: string, state: Visit['state']): object => ({
  id, account: 'a1', state, task: 't1', site: { id: 's1', code: 'QP-001', name: '示例小区', kind: 'compound', committee: '甲居委会', address: '' },
  reason: '', isRecheck: false, standard: 'r1', month: '2026-11', started: '2026-11-24T01:00:00.000Z', ended: null,
  answers: { bins: 'no' }, remarks: {}, remark: '', fixes: [], missing: [],
  photos: [{ slot: 'bins:1', clause: 'bins', sha256: 'ab', grade: 'A', taken: '2026-11-24T01:00:00.000Z', position: null }],
  body: state === 'draft' ? null : '{"task":"t1"}', number: state === 'draft' ? null : 1, submitted: null, tries: 0, nextTry: 0,
  trouble: '', problems: [], receipt: null, score: null, standing: null, updated: 1,
})

const ROWS: Record<string, object[]> = {
  settings: [{ key: 'device', value: 'phone-1' }, { key: 'made', value: { a1: 1 } }],
  visits: [visit('v1', 'waiting'), visit('v2', 'draft')],
  originals: [{ sha256: 'ab', type: 'image/jpeg', bytes: new Uint8Array([1, 2, 3]).buffer }],
  copies: [{ sha256: 'ab', bytes: new Uint8Array([4]).buffer }],
  uploads: [{ sha256: 'ab', visit: 'v1', account: 'a1', size: 3, arrived: 0, waiting: 1, tries: 0, nextTry: 0, trouble: '' }],
}

const act = { id: 'w1', account: 'a1', state: 'waiting', ticket: { id: 'k1' }, move: 'handle', body: '{"ticket":"k1"}', photos: [] }

async function phoneOf(number: number, tables: Tables, name: string, rows = ROWS): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const asked = indexedDB.open(name, number * TENS)
    asked.onerror = () => { reject(asked.error ?? new Error(name)) }
    asked.onupgradeneeded = () => {
      for (const [table, { key, indices }] of Object.entries(tables)) {
        const made = asked.result.createObjectStore(table, { keyPath: key })
        for (const path of indices) made.createIndex(typeof path === 'string' ? path : `[${path.join('+')}]`, path)
        for (const row of rows[table] ?? []) made.add(row)
      }
    }
    asked.onsuccess = () => { asked.result.close(); resolve() }
  })
}

test('a phone of version 1 keeps its queue, its draft and its photos', async () => {
  await phoneOf(1, VERSION_1, 'of-version-1')
  const db = new PhoneDatabase('of-version-1')
  expect(await db.visits.where('[account+state]').equals(['a1', 'waiting']).first()).toMatchObject({ id: 'v1', body: '{"task":"t1"}', number: 1 })
  expect(await db.visits.where('[account+state]').equals(['a1', 'draft']).first()).toMatchObject({ id: 'v2', answers: { bins: 'no' } })
  expect(await db.uploads.where('[account+waiting]').equals(['a1', 1]).count()).toBe(1)
  expect([...new Uint8Array((await db.originals.get('ab'))?.bytes ?? new ArrayBuffer())]).toEqual([1, 2, 3])
  expect((await db.settings.get('made'))?.value).toEqual({ a1: 1 })
  expect([await db.acts.count(), await db.tickets.count()]).toEqual([0, 0])
  db.close()
})

test('a phone of version 2 keeps its acts and its tickets', async () => {
  const tickets = [{ account: 'a1', id: 'k1', order: 0, ticket: { id: 'k1' } }]
  await phoneOf(2, VERSION_2, 'of-version-2', { ...ROWS, acts: [act], tickets })
  const db = new PhoneDatabase('of-version-2')
  expect(await db.acts.where('[account+state]').equals(['a1', 'waiting']).first()).toMatchObject({ id: 'w1', body: '{"ticket":"k1"}' })
  expect(await db.acts.where('ticket.id').equals('k1').count()).toBe(1)
  expect(await db.tickets.get(['a1', 'k1'])).toMatchObject({ order: 0 })
  expect(await db.visits.count()).toBe(2)
  db.close()
})
