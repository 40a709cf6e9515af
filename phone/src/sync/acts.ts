/** Sends one submitted act, and writes down what the server said of it. */
import { db, type Act } from '../store/db'
import { call, type Answer } from './call'
import { delay } from './backoff'
import { NOT_NOW, sendAgain, type Outcome } from './reports'
import type { ActReceipt, Awaited } from '../wire'

const REFUSED = new Set([400, 403, 404, 409, 422])
const SIGNED_OUT = '登录已过期，请重新登录；这次办理还在本机'

/** Send an act whose photos are there. */
export async function sendAct(act: Act): Promise<Outcome> {
  const ours = (body: Record<string, unknown>): boolean =>
    body.id === act.id && ((body.accepted === true && typeof body.receipt === 'string') || Array.isArray(body.awaited))
  const answer = await call<ActReceipt | Awaited>('PUT', `/ticket-acts/${act.id}`, ours, { json: act.body ?? '' })
  if (answer.kind === 'accepted' && 'awaited' in answer.body) return photosFirst(act, answer.body.awaited)
  const { changes, outcome } = verdict(act, answer as Answer<ActReceipt>, Date.now())
  await db.acts.update(act.id, changes)
  return outcome
}

/** Whether photos of an act are still on their way. */
export async function isWaitingForPhotos(act: Act): Promise<boolean> {
  const found = await db.uploads.bulkGet(act.photos.map((one) => one.sha256))
  return found.some((one) => one?.waiting === 1)
}

/** What an answer means for an act in the queue. */
export function verdict(act: Act, answer: Answer<ActReceipt>, now: number): { changes: Partial<Act>; outcome: Outcome } {
  if (answer.kind === 'accepted') {
    const { receipt, state_words: outcome } = answer.body
    return { changes: { state: 'sent', receipt, outcome, trouble: '', problems: [], updated: now }, outcome: 'done' }
  }
  if (answer.kind === 'silent') return { changes: later(act, answer.reason, now, answer.retryAfter), outcome: 'stop' }
  const told = answer.body.message ?? answer.body.problems?.[0]?.message ?? '服务器没有接受这次办理'
  if (REFUSED.has(answer.status)) {
    return { changes: { state: 'refused', trouble: told, problems: answer.body.problems ?? [], updated: now }, outcome: 'done' }
  }
  if (answer.status === 401) return { changes: { trouble: SIGNED_OUT }, outcome: 'stop' }
  return { changes: later(act, told, now, answer.retryAfter), outcome: NOT_NOW.has(answer.status) ? 'stop' : 'later' }
}

/** The server lacks photos that it once said it had: they go again, unless their bytes are gone here as well. */
async function photosFirst(act: Act, awaited: string[]): Promise<Outcome> {
  if (await sendAgain(awaited)) {
    await db.acts.update(act.id, later(act, '照片还没有传完', Date.now(), null))
    return 'later'
  }
  await db.acts.update(act.id, { state: 'refused', trouble: '有照片的原始数据已不在本机，请重新拍照后提交', updated: Date.now() })
  return 'done'
}

const later = (act: Act, trouble: string, now: number, wanted: number | null): Partial<Act> => ({
  tries: act.tries + 1, nextTry: now + delay(act.tries, wanted), trouble,
})
