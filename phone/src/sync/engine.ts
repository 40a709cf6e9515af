/** When to sync: at the start, when the network or the page comes back, each minute, and on a tap. */
import { keepNonce } from './clock'
import { call } from './call'
import { connection } from './photos'
import { sendDue } from './queue'
import { refreshLists } from './account'
import { refreshStatus, watchQueue } from './refresh'
import { status } from './status'
import { refreshTickets } from './tickets'
import { db } from '../store/db'
import { remember, setting } from '../store/settings'
import { forgetSafe, tidy } from './tidy'
import { detectMode } from './mode'
import type { QueueAnswer } from '../wire'

const EACH = 60_000
const LIST_EACH = 300_000
let listedAt = 0

interface Wish {
  /** Asked for by a person: do not wait for the back-off. */
  asked: boolean
  /** Send photos although the connection costs money. */
  mobile: boolean
  /** This visit or act alone. */
  only?: string
}

/** Listen to the network, the page and the clock. */
export function startSync(): void {
  status.mode = detectMode()
  watchQueue()
  const wake = (): void => { void oneTabAtATime({ asked: false, mobile: false }) }
  window.addEventListener('online', () => { status.online = true; wake() })
  window.addEventListener('offline', () => { status.online = false })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') wake() })
  connection()?.addEventListener?.('change', wake)
  setInterval(wake, EACH)
  wake()
}

/** Send all that waits, because a person asked. A pass that another tab runs already is not run twice. */
export async function syncNow({ mobile = false } = {}): Promise<void> {
  await oneTabAtATime({ asked: true, mobile })
}

/** Send one visit or act and its photos now. */
export async function sendOne(visitId: string): Promise<void> {
  await oneTabAtATime({ asked: true, mobile: true, only: visitId })
}

async function run(wish: Wish): Promise<void> {
  const session = await setting('session')
  await refreshStatus()
  if (!session || !navigator.onLine) return
  status.syncing = true
  try {
    const heard = await heartbeat()
    // After the end of a session a pass is made only when a person wants it: the server then keeps the
    // reports for a supervisor, where a new sign-in would have them counted.
    if (heard === 'silent' || (heard === 'ended' && !wish.asked)) return
    const waited = status.reports + status.photos > 0
    const acts = await waitingActs(session.account)
    const finished = await sendDue({ account: session.account, ...wish })
    if (waited && finished) await heartbeat()
    await renewLists(wish, (await waitingActs(session.account)) < acts)
  } finally {
    status.syncing = false
    await tidy()
    await refreshStatus()
  }
}

/** Load the lists anew when it is time or a person asked; that of tickets also when acts were made. */
async function renewLists(wish: Wish, acted: boolean): Promise<void> {
  if (!wish.only && (wish.asked || Date.now() - listedAt > LIST_EACH)) {
    if ((await refreshLists()) === '') listedAt = Date.now()
  } else if (acted) await refreshTickets()
}

/** Tell the server what this phone still holds; it tells what it misses, and whether the session is over. */
async function heartbeat(): Promise<'heard' | 'ended' | 'silent'> {
  const session = await setting('session')
  if (!session) return 'ended'
  const { reports, photos } = await waitingOf(session.account)
  const made = (await setting('made'))[session.account] ?? 0
  const ours = (body: Record<string, unknown>): boolean => typeof body.nonce === 'string' && typeof body.reports === 'number'
  const answer = await call<QueueAnswer>('POST', '/queue', ours, { json: JSON.stringify({ made, waiting: reports, photos }) })
  if (answer.kind === 'silent') return 'silent'
  status.signedOut = answer.kind === 'told' && answer.status === 401
  if (status.signedOut) {
    await forgetSafe(session.account)
    return 'ended'
  }
  if (answer.kind === 'told') return 'heard'
  await keepNonce(answer.body)
  await remember('lost', answer.body.lost)
  await remember('lastSync', new Date().toISOString())
  return 'heard'
}

async function waitingOf(account: string): Promise<{ reports: number; photos: number }> {
  return {
    reports: await db.visits.where('[account+state]').equals([account, 'waiting']).count(),
    photos: await db.uploads.where('[account+waiting]').equals([account, 1]).count(),
  }
}

const waitingActs = (account: string): Promise<number> =>
  db.acts.where('[account+state]').equals([account, 'waiting']).count()

let running: Promise<void> | null = null
/** What was wanted while a pass was under way; each is done as it was wanted. */
let wishes: Wish[] = []

function oneTabAtATime(wish: Wish): Promise<void> {
  if (wish.asked || !wishes.some((one) => !one.asked)) wishes.push(wish)
  running ??= withLock(fulfil).finally(() => {
    running = null
    const late = wishes.shift()
    if (late) void oneTabAtATime(late)
  })
  return running
}

async function fulfil(): Promise<void> {
  for (let wish = wishes.shift(); wish; wish = wishes.shift()) await run(wish)
}

async function withLock(work: () => Promise<void>): Promise<void> {
  const locks = (navigator as { locks?: LockManager }).locks
  if (!locks) return work()
  await locks.request('zerentian-sync', { ifAvailable: true }, (lock) => {
    if (lock) return work()
    wishes = []
    return undefined
  })
}
