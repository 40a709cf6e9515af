/** How long to wait before the next try. */
const FIRST = 4_000
const LONGEST = 600_000

/** Twice as long each time, with jitter so that a town's phones do not come back at once; at least `wanted`. */
export function delay(tries: number, wanted: number | null = null, random = Math.random()): number {
  const grown = Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 20))
  return Math.max(wanted ?? 0, Math.round(grown * (0.5 + random / 2)))
}
