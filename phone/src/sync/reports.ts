/** Sends one submitted report, and writes down what the server said of it. */
import { db, type Visit } from '../store/db'
import { call, type Answer } from './call'
import { delay } from './backoff'
import type { Held, Receipt } from '../wire'

/** `done`: the server has it or has said its last word; `later`: try again; `stop`: nobody is to be asked now. */
export type Outcome = 'done' | 'later' | 'stop'

type Accepted = Receipt | Held

/** Answers after which the same bytes need not be sent again, and those after which nothing need be sent now. */
const NEVER = new Set([400, 422])
export const NOT_NOW = new Set([401, 429, 503])
const SIGNED_OUT = '登录已过期，请重新登录；这条检查还在本机'

export async function sendReport(visit: Visit): Promise<Outcome> {
  const ours = (body: Record<string, unknown>): boolean =>
    body.accepted === true && body.id === visit.id && typeof body.receipt === 'string'
  const answer = await call<Accepted>('PUT', `/inspections/${visit.id}`, ours, { json: visit.body ?? '' })
  const { changes, outcome } = verdict(visit, answer, Date.now())
  await db.visits.update(visit.id, changes)
  if (answer.kind === 'accepted' && 'awaited' in answer.body) await sendAgain(answer.body.awaited)
  return outcome
}

/** What an answer means for a visit in the queue. */
export function verdict(visit: Visit, answer: Answer<Accepted>, now: number): { changes: Partial<Visit>; outcome: Outcome } {
  if (answer.kind === 'accepted') return { changes: accepted(answer.body), outcome: 'done' }
  if (answer.kind === 'silent') return { changes: tryLater(visit, answer.reason, now, answer.retryAfter), outcome: 'stop' }
  const told = answer.body.problems?.[0]?.message ?? answer.body.message ?? ''
  const problems = answer.body.problems ?? []
  if (answer.status === 409) return { changes: { state: 'held', trouble: told, problems }, outcome: 'done' }
  if (NEVER.has(answer.status)) return { changes: { state: 'refused', trouble: told, problems }, outcome: 'done' }
  if (answer.status === 401) return { changes: { trouble: SIGNED_OUT }, outcome: 'stop' }
  return { changes: tryLater(visit, told, now, answer.retryAfter), outcome: NOT_NOW.has(answer.status) ? 'stop' : 'later' }
}

function accepted(body: Accepted): Partial<Visit> {
  const common = { receipt: body.receipt, trouble: '', problems: [], updated: Date.now() }
  if ('held' in body) return { ...common, state: 'held', trouble: body.problems[0]?.message ?? '', problems: body.problems }
  return { ...common, state: 'sent', score: body.score === null ? null : String(body.score), standing: body.standing }
}

function tryLater(visit: Visit, trouble: string, now: number, wanted: number | null): Partial<Visit> {
  return { tries: visit.tries + 1, nextTry: now + delay(visit.tries, wanted), trouble }
}

/** The server waits for photos that it once said it had: send them again while their bytes are here; whether all are. */
export async function sendAgain(awaited: string[]): Promise<boolean> {
  let all = true
  for (const sha256 of awaited) {
    if (await db.originals.get(sha256)) await db.uploads.update(sha256, { waiting: 1, arrived: 0, nextTry: 0 })
    else all = false
  }
  return all
}
