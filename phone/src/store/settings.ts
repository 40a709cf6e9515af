/** Small facts the phone remembers: who is signed in, its own id, the last nonce. */
import { db } from './db'
import type { Lost, Work } from '../wire'

export interface Session {
  token: string
  account: string
  name: string
  post: string
  /** What the account does with a phone; a session of an older version knows of inspections only. */
  work?: Work[]
}

export const does = (session: Session | null, work: Work): boolean => (session?.work ?? ['inspections']).includes(work)

/** The server's signed time, and this phone's clocks when it came. */
export interface Nonce {
  nonce: string
  serverTime: string
  atNonce: string
  /** Of `performance.now()`, which nobody can set; only good while `run` is the same. */
  ticks: number
  run: string
}

export interface TownRules {
  photoRule: string
  phrases: string[]
}

interface Settings {
  device: string
  session: Session | null
  nonce: Nonce | null
  rules: TownRules
  lastSync: string | null
  /** How many reports this phone ever submitted, by account. */
  made: Record<string, number>
  /** The digest of the report before, by account. */
  previous: Record<string, string>
  lost: Lost[]
  pauseOnMobile: boolean
}

const DEFAULTS: Omit<Settings, 'device'> = {
  session: null,
  nonce: null,
  rules: { photoRule: 'deduction', phrases: [] },
  lastSync: null,
  made: {},
  previous: {},
  lost: [],
  pauseOnMobile: true,
}

export async function setting<K extends keyof typeof DEFAULTS>(key: K): Promise<Settings[K]> {
  const found = await db.settings.get(key)
  return (found ? found.value : DEFAULTS[key]) as Settings[K]
}

export async function remember<K extends keyof Settings>(key: K, value: Settings[K]): Promise<void> {
  await db.settings.put({ key, value })
}

/** This phone's own id, made once. */
export async function deviceId(): Promise<string> {
  return db.transaction('rw', db.settings, async () => {
    const found = await db.settings.get('device')
    if (found) return found.value as string
    const made = crypto.randomUUID()
    await db.settings.put({ key: 'device', value: made })
    return made
  })
}

/** Names this run of the page: `performance.now()` starts anew with each. */
export const RUN = crypto.randomUUID()
