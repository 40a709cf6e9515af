/** The store and the queue within reach of `benchmarks/phone_faults.py`, which cuts, kills and counts. */
import { db } from '../src/store/db'
import { remember } from '../src/store/settings'
import { answer, addPhoto, begin, submit } from '../src/store/visits'
import { syncNow } from '../src/sync/engine'
import type { Task } from '../src/wire'

const CLAUSES = 12

async function visit(account: string, standard: string, task: string, sizes: number[]): Promise<string> {
  const site = { id: task, code: task, name: '', kind: 'compound', committee: '', address: '', latitude: null, longitude: null, opening: [] }
  const whole: Task = { id: task, day: '', position: 1, arrival: null, is_recheck: false, state: '', standard, site }
  const begun = await begin(account, { task: whole, site, standard, reason: '' })
  for (let at = 0; at < CLAUSES; at++) await answer(begun.id, `c${String(at)}`, String(at % 3))
  for (const size of sizes) {
    await addPhoto(begun.id, {
      photo: { clause: 'c1', grade: 'A', taken: new Date().toISOString(), position: null },
      type: 'image/jpeg', bytes: await jpeg(size), copy: new ArrayBuffer(8),
    })
  }
  return (await submit(begun.id, { version: 'faults', mode: 'browser' })).id
}

/** A JPEG of its own, filled up to a size behind its end. */
async function jpeg(size: number): Promise<ArrayBuffer> {
  const canvas = new OffscreenCanvas(64, 64)
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  for (let at = 0; at < 64; at++) {
    pen.fillStyle = `hsl(${String(Math.random() * 360)} 80% 50%)`
    pen.fillRect(Math.random() * 64, Math.random() * 64, 16, 16)
  }
  const head = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())
  const whole = new Uint8Array(Math.max(size, head.length))
  for (let at = 0; at < whole.length; at += 65_536) crypto.getRandomValues(whole.subarray(at, at + 65_536))
  whole.set(head)
  return whole.buffer
}

async function known(): Promise<object> {
  const visits = await db.visits.toArray()
  return {
    visits: visits.map(({ id, state, task, photos, trouble }) => ({ id, state, task, trouble, photos: photos.map((one) => one.sha256) })),
    waitingPhotos: await db.uploads.where('waiting').equals(1).count(),
  }
}

Object.assign(window, {
  phone: {
    visit, known, syncNow,
    signIn: async (device: string, token: string, account: string): Promise<void> => {
      await remember('device', device)
      await remember('session', { token, account, name: '', post: '' })
    },
  },
})
