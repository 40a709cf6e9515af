/** In which kind of browser this runs, which decides what can be promised offline. */
import type { Mode } from './status'

export function detectMode(agent = navigator.userAgent): Mode {
  if (/MicroMessenger|wxwork/i.test(agent)) return 'wechat'
  const installed = window.matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true
  return installed ? 'installed' : 'browser'
}

/** Ask the browser not to clear our data on its own; false when it will not promise. */
export async function persist(): Promise<boolean> {
  const storage = (navigator as { storage?: StorageManager }).storage
  return (await storage?.persist?.()) ?? false
}
