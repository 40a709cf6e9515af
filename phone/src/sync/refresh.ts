/** What the disk and the browser say, for the banner. */
import { liveQuery } from 'dexie'

import { photosPaused } from './queue'
import { status } from './status'
import { db } from '../store/db'
import { setting } from '../store/settings'

/** Count what waits whenever any tab writes it, also while a slow upload is under way. */
export function watchQueue(): void {
  liveQuery(queueOnDisk).subscribe({ next: (found) => { Object.assign(status, found) } })
}

/** Read the banner's facts from the disk. */
export async function refreshStatus(): Promise<void> {
  status.online = navigator.onLine
  Object.assign(status, await queueOnDisk())
  const last = await setting('lastSync')
  status.lastSync = last ? Date.parse(last) : null
  status.lost = await setting('lost')
  status.pausedOnMobile = status.photos > 0 && (await photosPaused(false))
  const storage = (navigator as { storage?: StorageManager }).storage
  const estimate = await storage?.estimate?.()
  status.storageLeft = estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0)
  status.persisted = (await storage?.persisted?.()) ?? false
}

async function queueOnDisk(): Promise<Pick<typeof status, 'reports' | 'photos' | 'troubles'>> {
  return {
    reports: (await db.visits.where('state').equals('waiting').count()) + (await db.acts.where('state').equals('waiting').count()),
    photos: await db.uploads.where('waiting').equals(1).count(),
    troubles: (await db.visits.where('state').anyOf('held', 'refused').count()) + (await db.acts.where('state').equals('refused').count()),
  }
}
