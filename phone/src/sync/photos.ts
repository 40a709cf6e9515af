/** Uploads the bytes of a photo, in parts that go on where the last connection broke. */
import { db, type Upload } from '../store/db'
import { call, type Answer } from './call'
import { delay } from './backoff'
import { NOT_NOW, type Outcome } from './reports'
import type { Part } from '../wire'

interface Filed { accepted: true; sha256: string; size: number }

const PART = 1_048_576
const SMALL_PART = 131_072

export async function sendPhoto(upload: Upload): Promise<Outcome> {
  const original = await db.originals.get(upload.sha256)
  if (!original) {
    await db.uploads.update(upload.sha256, { waiting: 0, trouble: '照片的原始数据已不在本机' })
    return 'done'
  }
  let { arrived } = upload
  let jumps = 0
  for (;;) {
    const answer = await sendPart(original.bytes, upload.sha256, arrived, partSize(upload.tries))
    if (answer.kind === 'accepted' && answer.status !== 202) {
      await db.uploads.update(upload.sha256, { waiting: 0, arrived: upload.size, trouble: '' })
      return 'done'
    }
    const known = arrivedBy(answer)
    if (known === null || (known <= arrived && ++jumps > 2)) return putOff(upload, answer)
    arrived = known
    await db.uploads.update(upload.sha256, { arrived })
  }
}

function sendPart(bytes: ArrayBuffer, sha256: string, from: number, size: number): Promise<Answer<Filed | Part>> {
  const total = bytes.byteLength
  const end = Math.min(total, from + size)
  const isWhole = from === 0 && end === total
  const ours = (body: Record<string, unknown>): boolean =>
    body.sha256 === sha256 && (body.accepted === true || typeof body.arrived === 'number')
  return call<Filed | Part>('PUT', `/photos/${sha256}`, ours, {
    bytes: isWhole ? bytes : bytes.slice(from, end),
    headers: isWhole ? {} : { 'Content-Range': `bytes ${String(from)}-${String(end - 1)}/${String(total)}` },
  })
}

/** How many bytes the server says it has, when its answer is about parts. */
function arrivedBy(answer: Answer<Filed | Part>): number | null {
  if (answer.kind === 'accepted') return (answer.body as Part).arrived
  if (answer.kind === 'told' && answer.status === 409 && typeof answer.body.arrived === 'number') return answer.body.arrived
  return null
}

async function putOff(upload: Upload, answer: Answer<unknown>): Promise<Outcome> {
  const trouble = reasonOf(answer)
  const wanted = answer.kind === 'accepted' ? null : answer.retryAfter
  await db.uploads.update(upload.sha256, { tries: upload.tries + 1, nextTry: Date.now() + delay(upload.tries, wanted), trouble })
  if (answer.kind === 'silent') return 'stop'
  return answer.kind === 'told' && NOT_NOW.has(answer.status) ? 'stop' : 'later'
}

function reasonOf(answer: Answer<unknown>): string {
  if (answer.kind === 'silent') return answer.reason
  return answer.kind === 'told' ? (answer.body.problems?.[0]?.message ?? answer.body.message ?? '') : ''
}

/** Small parts after a failure or on a slow connection: less to send twice. */
function partSize(tries: number): number {
  const slow = ['slow-2g', '2g'].includes(connection()?.effectiveType ?? '')
  return tries > 0 || slow ? SMALL_PART : PART
}

interface Connection { type?: string; effectiveType?: string; addEventListener?: (type: 'change', heard: () => void) => void }

/** What the browser tells of the connection; many tell nothing. */
export const connection = (): Connection | undefined => (navigator as Navigator & { connection?: Connection }).connection
