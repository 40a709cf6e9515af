/** What the banner shows. Changed by `sync/` only; pages read it. */
import { reactive } from 'vue'

import type { Lost } from '../wire'

export type Mode = 'browser' | 'installed' | 'wechat'

export const status = reactive({
  online: navigator.onLine,
  /** Reports and acts with tickets, and photos, that only this phone has. */
  reports: 0,
  photos: 0,
  /** The signed-in account's reports that wait, are held or refused here. */
  troubles: 0,
  syncing: false,
  /** Milliseconds; when the last pass reached the server. */
  lastSync: null as number | null,
  /** Bytes left for this site in the browser's storage; null when it does not tell. */
  storageLeft: null as number | null,
  /** The browser promised not to clear our data on its own. */
  persisted: false,
  signedOut: false,
  /** Photos wait for a connection that costs nothing. */
  pausedOnMobile: false,
  mode: 'browser' as Mode,
  /** Reports that a phone of this account made and that never came: `本机应有 3 条未传`. */
  lost: [] as Lost[],
})
