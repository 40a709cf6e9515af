/**
 * One pass over the queue: reports first, in order, because they are small; then photos, a few at a time; then
 * what was done with tickets, each when its photos are there.
 */
import { db, type Act, type Upload, type Visit } from '../store/db'
import { isWaitingForPhotos, sendAct } from './acts'
import { connection, sendPhoto } from './photos'
import { sendReport, type Outcome } from './reports'
import { setting } from '../store/settings'

const PHOTOS_AT_ONCE = 3

export interface Pass {
  account: string
  /** Asked for by a person: now, whatever the back-off says. */
  asked: boolean
  /** Photos too, though the connection costs money. */
  mobile: boolean
  only?: string
}

/** Send what is due. Returns false when the server could not be asked any further. */
export async function sendDue(pass: Pass, now = Date.now()): Promise<boolean> {
  for (const visit of await dueReports(pass, now)) {
    if ((await sendReport(visit)) === 'stop') return false
  }
  if (!(await sendPhotos(await duePhotos(pass, now)))) return false
  for (const act of await dueActs(pass, now)) {
    if (!(await isWaitingForPhotos(act)) && (await sendAct(act)) === 'stop') return false
  }
  return true
}

/** Whether photos wait for a connection that costs nothing. */
export async function photosPaused(mobile: boolean): Promise<boolean> {
  return !mobile && connection()?.type === 'cellular' && (await setting('pauseOnMobile'))
}

async function dueReports(pass: Pass, now: number): Promise<Visit[]> {
  const waiting = await db.visits.where('[account+state]').equals([pass.account, 'waiting']).toArray()
  return waiting
    .filter((one) => (pass.only ? one.id === pass.only : pass.asked || one.nextTry <= now))
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
}

/** Those of tickets go over any connection: without them an act is not made, and its deadline runs. */
async function duePhotos(pass: Pass, now: number): Promise<Upload[]> {
  const waiting = await db.uploads.where('[account+waiting]').equals([pass.account, 1]).toArray()
  const due = waiting.filter((one) => (pass.only ? one.visit === pass.only : pass.asked || one.nextTry <= now))
  if (!(await photosPaused(pass.mobile))) return due
  const acts = new Set(await db.acts.where('[account+state]').equals([pass.account, 'waiting']).primaryKeys())
  return due.filter((one) => acts.has(one.visit))
}

async function dueActs(pass: Pass, now: number): Promise<Act[]> {
  const waiting = await db.acts.where('[account+state]').equals([pass.account, 'waiting']).toArray()
  return waiting
    .filter((one) => (pass.only ? one.id === pass.only : pass.asked || one.nextTry <= now))
    .sort((a, b) => ((a.submitted ?? '') < (b.submitted ?? '') ? -1 : 1))
}

async function sendPhotos(due: Upload[]): Promise<boolean> {
  let stopped = false
  const take = async (): Promise<void> => {
    for (let next = due.shift(); next && !stopped; next = due.shift()) {
      const outcome: Outcome = await sendPhoto(next)
      if (outcome === 'stop') stopped = true
    }
  }
  await Promise.all(Array.from({ length: PHOTOS_AT_ONCE }, take))
  return !stopped
}
