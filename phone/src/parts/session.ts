/** Who is signed in on this phone, and what the town wants. */
import type { ShallowRef } from 'vue'
import { useLive } from './live'
import { setting, type Session, type TownRules } from '../store/settings'

export const useSession = (): ShallowRef<Session | null> => useLive(() => setting('session'), null)

export const useRules = (): ShallowRef<TownRules> =>
  useLive(() => setting('rules'), { photoRule: 'deduction', phrases: [] })
