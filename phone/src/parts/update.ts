/** A new version is taken when the inspector says so, and never while a visit is on the screen. */
import { ref } from 'vue'
import { registerSW } from 'virtual:pwa-register'

const EACH = 3_600_000

/** A new version lies ready. */
export const isReady = ref(false)

let take: ((reload?: boolean) => Promise<void>) | null = null

export function listenForUpdates(): void {
  if (!('serviceWorker' in navigator)) return
  take = registerSW({
    immediate: true,
    onNeedRefresh: () => { isReady.value = true },
    onRegisteredSW: (_, registration) => {
      setInterval(() => { if (navigator.onLine) void registration?.update() }, EACH)
    },
  })
}

/** Change to the new version; what is on the disk stays. A page older than its first worker reloads, too. */
export async function takeUpdate(): Promise<void> {
  navigator.serviceWorker.addEventListener('controllerchange', () => { location.reload() }, { once: true })
  await take?.(true)
}
