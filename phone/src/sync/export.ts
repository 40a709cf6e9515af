/** The queue as a file, for when a phone is broken or a network never comes: the desk takes it in, without doubles. */
import { db } from '../store/db'
import { deviceId, setting } from '../store/settings'

export async function exportQueue(): Promise<Blob> {
  const account = (await setting('session'))?.account ?? ''
  const visits = await db.visits.where('account').equals(account).filter((one) => one.body !== null && one.state !== 'sent').toArray()
  const reports = visits.map((one) => `{"id":${JSON.stringify(one.id)},"report":${one.body ?? ''}}`)
  const photos = await waitingPhotos(account)
  const head = JSON.stringify({ format: 'zerentian-queue', version: 1, account, device: await deviceId() }).slice(0, -1)
  return new Blob([head, ',"reports":[', reports.join(','), '],"photos":[', ...photos, ']}'], { type: 'application/json' })
}

export function exportName(now = new Date()): string {
  return `待传检查-${now.toISOString().slice(0, 16).replace(/[:T]/g, '-')}.json`
}

/** Each photo of an inspection as JSON; parts of a Blob, so that the browser may keep them on the disk. */
async function waitingPhotos(account: string): Promise<Blob[]> {
  const found: Blob[] = []
  const acts = new Set(await db.acts.where('account').equals(account).primaryKeys())
  for (const upload of await db.uploads.where('[account+waiting]').equals([account, 1]).toArray()) {
    if (acts.has(upload.visit)) continue
    const original = await db.originals.get(upload.sha256)
    if (!original) continue
    const comma = found.length ? ',' : ''
    found.push(new Blob([`${comma}{"sha256":"${upload.sha256}","data":"`, base64(new Uint8Array(original.bytes)), '"}']))
  }
  return found
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
