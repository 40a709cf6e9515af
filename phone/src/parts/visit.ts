/** The draft being filled in: what was tapped shows at once and is on the disk a moment later. */
import { computed, onScopeDispose, reactive, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { assess, type Assessment } from '../scoring/assess'
import { fixAt, Follower, here, isCoarse, isFound } from '../evidence/position'
import { readPhoto, watermark } from '../evidence/photo'
import { db, type Visit, type VisitPhoto } from '../store/db'
import { setting } from '../store/settings'
import { addFix, addPhoto, answer, change, NotADraft, note, removePhoto, submit } from '../store/visits'
import { syncNow } from '../sync/engine'
import { status } from '../sync/status'
import type { Clause, Grade, Standard } from '../wire'

export interface Draft {
  visit: ShallowRef<Visit | null>
  standard: ShallowRef<Standard | null>
  answers: Record<string, string>
  worth: ComputedRef<Assessment | null>
  /** Costly clauses that have no photo though the town wants one. */
  bare: ComputedRef<Clause[]>
  photosOf: (clause: string) => VisitPhoto[]
  reply: (clause: string, text: string) => Promise<void>
  remark: (clause: string, text: string) => Promise<void>
  keep: (clause: string, file: Blob, grade: Grade) => Promise<void>
  drop: (slot: string) => Promise<void>
  miss: (what: 'camera') => Promise<void>
  send: () => Promise<void>
  /** Show again what is on the disk. */
  reload: () => Promise<void>
}

const NONE: VisitPhoto[] = []

/** Open a visit of this phone; `visit` stays null when there is none. */
export function useDraft(id: string): Draft & { ready: Promise<void> } {
  const visit = shallowRef<Visit | null>(null)
  const standard = shallowRef<Standard | null>(null)
  const answers = reactive<Record<string, string>>({})
  const photoRule = shallowRef('deduction')
  const follower = new Follower()
  onScopeDispose(() => { follower.stop() })

  async function load(): Promise<void> {
    const found = await db.visits.get(id)
    photoRule.value = (await setting('rules')).photoRule
    standard.value = (found && (await db.standards.get(found.standard))?.standard) ?? null
    visit.value = found ?? null
    for (const clause of Object.keys(answers)) Reflect.deleteProperty(answers, clause)
    Object.assign(answers, found?.answers)
    if (found?.state === 'draft') void locate(id, follower, visit)
  }

  const worth = computed(() => visit.value && standard.value && assess(standard.value, visit.value.month, answers))
  const byClause = computed(() => grouped(visit.value?.photos ?? NONE))
  const bare = computed(() => {
    const wanted = photoRule.value !== 'never' && !visit.value?.missing.includes('camera')
    return wanted ? (worth.value?.wrong ?? []).filter((one) => !byClause.value.has(one.id)) : []
  })

  return {
    visit, standard, answers, worth, bare, ready: load(), reload: load,
    photosOf: (clause) => byClause.value.get(clause) ?? NONE,
    reply: async (clause, text) => {
      answers[clause] = text
      await answer(id, clause, text)
    },
    remark: async (clause, text) => { visit.value = await change(id, (one) => { setRemark(one, clause, text.trim()) }) },
    keep: async (clause, file, grade) => { visit.value = await keepPhoto(id, { clause, file, grade }, follower) },
    drop: async (slot) => { visit.value = await removePhoto(id, slot) },
    miss: async (what) => { visit.value = await note(id, what) },
    send: async () => {
      const last = follower.latest()
      if (last) await addFix(id, fixAt('end', last)).catch(unlessSubmitted)
      visit.value = await submit(id, { version: __VERSION__, mode: status.mode })
      void syncNow()
    },
  }
}

/** Another tab was faster: its report stands, and this tab is told what became of it. */
function unlessSubmitted(error: unknown): void {
  if (!(error instanceof NotADraft)) throw error
}

/** The place at the start, once; what is not given is noted, and nothing waits for it. */
async function locate(id: string, follower: Follower, visit: ShallowRef<Visit | null>): Promise<void> {
  follower.start()
  if (visit.value?.fixes.some((one) => one.moment === 'start')) return
  const found = await here()
  try {
    if (!isFound(found)) visit.value = await note(id, found)
    else {
      if (isCoarse(found)) await note(id, 'precise_location')
      visit.value = await addFix(id, fixAt('start', found))
    }
  } catch {
    // Submitted meanwhile: the visit stands without it.
  }
}

async function keepPhoto(id: string, shot: { clause: string; file: Blob; grade: Grade }, follower: Follower): Promise<Visit> {
  const now = new Date()
  const held = await db.visits.get(id)
  const post = (await setting('session'))?.post ?? ''
  const taken = await readPhoto(shot.file, shot.grade, watermark(held?.site.name ?? '', post, now))
  const found = follower.latest()
  const photo = { clause: shot.clause, grade: shot.grade, taken: now.toISOString(), position: found?.position ?? null }
  const kept = await addPhoto(id, { photo, type: taken.type, bytes: taken.bytes, copy: taken.copy })
  return found ? addFix(id, fixAt('photo', found, now)) : kept
}

function setRemark(visit: Visit, clause: string, text: string): void {
  if (clause === '') visit.remark = text
  else if (text === '') Reflect.deleteProperty(visit.remarks, clause)
  else visit.remarks[clause] = text
}

function grouped(photos: VisitPhoto[]): Map<string, VisitPhoto[]> {
  const found = new Map<string, VisitPhoto[]>()
  for (const photo of photos) found.set(photo.clause, [...(found.get(photo.clause) ?? []), photo])
  return found
}
