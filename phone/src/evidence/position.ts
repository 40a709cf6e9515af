/** Where the phone is, in WGS-84: asked only during a visit or for a photo, and never in the way of it. */
import type { Fix, Missing, Position } from '../wire'

export interface Found { position: Position & { accuracy: number }; age: number }

const PATIENCE = 8_000
const COARSE = 1_000

/** One fix, or why there is none; `coarse` when the phone gives only the neighbourhood. */
export async function here(patience = PATIENCE): Promise<Found | Missing> {
  const locator = (navigator as { geolocation?: Geolocation }).geolocation
  if (!locator) return 'location'
  return new Promise((resolve) => {
    locator.getCurrentPosition(
      (found) => { resolve(fixOf(found.coords, found.timestamp, Date.now())) },
      () => { resolve('location') },
      { enableHighAccuracy: true, timeout: patience, maximumAge: 10_000 },
    )
  })
}

export function fixOf(coords: Pick<GeolocationCoordinates, 'latitude' | 'longitude' | 'accuracy'>, at: number, now: number): Found {
  return {
    position: { latitude: coords.latitude.toFixed(7), longitude: coords.longitude.toFixed(7), accuracy: Math.round(coords.accuracy) },
    age: Math.max(0, Math.round((now - at) / 1000)),
  }
}

export const isFound = (one: Found | Missing): one is Found => typeof one === 'object'
export const isCoarse = (one: Found): boolean => one.position.accuracy > COARSE

export const fixAt = (moment: Fix['moment'], found: Found, now = new Date()): Fix => ({
  moment, at: now.toISOString(), age: found.age, ...found.position,
})

/** Metres between two places on the sphere. */
export function metres(a: Position, b: Position): number {
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)]
  const half = (angle: number): number => Math.sin(angle / 2) ** 2
  const chord = half(lat2 - lat1) + Math.cos(lat1) * Math.cos(lat2) * half(radians(b.longitude) - radians(a.longitude))
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(chord)))
}

const radians = (degrees: string | number): number => (Number(degrees) * Math.PI) / 180

/** Follows the phone during a visit, so that each photo has its place at once; stops with it. */
export class Follower {
  private last: { coords: GeolocationCoordinates; at: number } | null = null
  private watching: number | null = null

  start(): void {
    const locator = (navigator as { geolocation?: Geolocation }).geolocation
    if (!locator || this.watching !== null) return
    this.watching = locator.watchPosition(
      (found) => { this.last = { coords: found.coords, at: found.timestamp } },
      () => { this.last = null },
      { enableHighAccuracy: true, maximumAge: 10_000 },
    )
  }

  /** The newest fix with its age; null when there is none. */
  latest(now = Date.now()): Found | null {
    return this.last && fixOf(this.last.coords, this.last.at, now)
  }

  /** The newest fix, waited for a moment when there is none yet. */
  async soon(patience = 3_000): Promise<Found | null> {
    for (let waited = 0; !this.last && this.watching !== null && waited < patience; waited += 100) {
      await new Promise((resolve) => { setTimeout(resolve, 100) })
    }
    return this.latest()
  }

  stop(): void {
    if (this.watching !== null) navigator.geolocation.clearWatch(this.watching)
    this.watching = null
  }
}
