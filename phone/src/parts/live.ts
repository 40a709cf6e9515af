/** What is on the disk, on the screen: read anew whenever any tab writes it. */
import { liveQuery } from 'dexie'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

export function useLive<T>(query: () => Promise<T>, first: T): ShallowRef<T> {
  const held = shallowRef(first) as ShallowRef<T>
  const heard = liveQuery(query).subscribe({ next: (value) => { held.value = value } })
  onScopeDispose(() => { heard.unsubscribe() })
  return held
}
