/**
 * One request to the server. Only the server's own envelope counts: a captive portal's page, a proxy's
 * error or no answer at all is `silent`, and what was sent stays in the queue.
 */
import { deviceId, setting } from '../store/settings'
import type { Problem } from '../wire'

export interface Refusal {
  accepted: false
  message?: string
  problems?: Problem[]
  [more: string]: unknown
}

export type Answer<T> =
  | { kind: 'accepted'; status: number; body: T }
  | { kind: 'told'; status: number; body: Refusal; retryAfter: number | null }
  | { kind: 'silent'; reason: string; retryAfter: number | null }

export interface Sending {
  json?: string
  bytes?: ArrayBuffer
  headers?: Record<string, string>
  /** The token to speak with, when it is not the session's. */
  token?: string
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** A byte rate below which a connection counts as dead, and what every request may take beside. */
const SLOWEST = 2_000
const PATIENCE = 30_000

/** Ask the server. `isOurs` says whether a body is the answer that this request wants. */
export async function call<T>(
  method: Method,
  path: string,
  isOurs: (body: Record<string, unknown>) => boolean,
  sending: Sending = {},
): Promise<Answer<T>> {
  const body = sending.json ?? sending.bytes
  const size = typeof body === 'string' ? body.length : (body?.byteLength ?? 0)
  const stop = new AbortController()
  const timer = setTimeout(() => { stop.abort() }, PATIENCE + (size / SLOWEST) * 1000)
  try {
    const answer = await fetch(`/api${path}`, {
      method,
      headers: await headersFor(sending),
      ...(body === undefined ? {} : { body }),
      signal: stop.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    })
    return judge<T>(answer.status, await answer.text(), answer.headers.get('Retry-After'), isOurs)
  } catch (error) {
    return { kind: 'silent', reason: stop.signal.aborted ? '服务器没有及时回应' : words(error), retryAfter: null }
  } finally {
    clearTimeout(timer)
  }
}

/** A picture of the server's; null when it did not come whole. */
export async function fetchPicture(path: string): Promise<ArrayBuffer | null> {
  try {
    const answer = await fetch(`/api${path}`, {
      headers: await headersFor({}), signal: AbortSignal.timeout(PATIENCE), cache: 'no-store', credentials: 'omit', redirect: 'error',
    })
    const isPicture = answer.status === 200 && (answer.headers.get('Content-Type') ?? '').startsWith('image/')
    return isPicture ? await answer.arrayBuffer() : null
  } catch {
    return null
  }
}

/** What an answer's status and text mean. */
export function judge<T>(
  status: number,
  text: string,
  retryAfter: string | null,
  isOurs: (body: Record<string, unknown>) => boolean,
): Answer<T> {
  const wait = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : null
  const body = parsed(text)
  if (body && status >= 200 && status < 300 && isOurs(body)) return { kind: 'accepted', status, body: body as T }
  if (body && status >= 400 && body.accepted === false) {
    return { kind: 'told', status, body: body as Refusal, retryAfter: wait }
  }
  const reason = status >= 500 ? `服务器出错（${String(status)}）` : `不是本系统的回应（${String(status)}），可能需要先登录无线网络`
  return { kind: 'silent', reason, retryAfter: wait }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

async function headersFor(sending: Sending): Promise<Record<string, string>> {
  const token = sending.token ?? (await setting('session'))?.token
  return {
    'X-Device': await deviceId(),
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
    ...(sending.json === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(sending.bytes === undefined ? {} : { 'Content-Type': 'application/octet-stream' }),
    ...sending.headers,
  }
}

const words = (error: unknown): string => (error instanceof TypeError ? '连不上服务器' : String(error))
