/** Where the phone is while the day's list is on the screen: shown only, never kept or sent. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { fixOf, metres } from '../evidence/position'
import type { Position, Site } from '../wire'

/** Follow the phone if it was allowed before, or from the moment `allow` is called. */
export function usePlace(): { place: ShallowRef<Position | null>; allow: () => void; isAsked: ShallowRef<boolean> } {
  const place = shallowRef<Position | null>(null)
  const isAsked = shallowRef(false)
  let watching: number | null = null

  function allow(): void {
    const locator = (navigator as { geolocation?: Geolocation }).geolocation
    isAsked.value = true
    if (!locator || watching !== null) return
    watching = locator.watchPosition(
      (found) => { place.value = fixOf(found.coords, found.timestamp, Date.now()).position },
      () => { place.value = null },
      { enableHighAccuracy: false, maximumAge: 60_000 },
    )
  }
  void permitted().then((yes) => { if (yes) allow() })
  onScopeDispose(() => { if (watching !== null) navigator.geolocation.clearWatch(watching) })
  return { place, allow, isAsked }
}

async function permitted(): Promise<boolean> {
  const permissions = (navigator as { permissions?: Permissions }).permissions
  try {
    return (await permissions?.query({ name: 'geolocation' }))?.state === 'granted'
  } catch {
    return false
  }
}

/** Metres to a site; null when either place is unknown. */
export function metresTo(place: Position | null, site: Site): number | null {
  if (!place || site.latitude === null || site.longitude === null) return null
  return metres(place, { latitude: site.latitude, longitude: site.longitude })
}
