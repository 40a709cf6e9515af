/** A ticket on the screen: as the server told of it, with what this phone did since. */
import { computed, onScopeDispose, type ComputedRef, type ShallowRef } from 'vue'
import { useLive } from './live'
import { Follower } from '../evidence/position'
import { readPhoto, watermark } from '../evidence/photo'
import { addActPhoto, dropAct, removeActPhoto, submitAct, takeUpAgain, writeWords, type Decision } from '../store/acts'
import { db, type Act } from '../store/db'
import { setting } from '../store/settings'
import { syncNow } from '../sync/engine'
import type { ActMove, Grade, Ticket } from '../wire'

export interface TicketNow {
  /** Null while it is read, and when this phone knows nothing of it. */
  ticket: ComputedRef<Ticket | null>
  isRead: ComputedRef<boolean>
  /** What may be done with it here and now. */
  moves: ComputedRef<ActMove[]>
  draft: ComputedRef<Act | null>
  /** Submitted here and not there yet. */
  waiting: ComputedRef<Act | null>
  refused: ComputedRef<Act[]>
  /** Copies of photos that lie on this phone. */
  copies: ShallowRef<Set<string>>
  write: (words: string) => Promise<void>
  keep: (file: Blob, grade: Grade) => Promise<void>
  drop: (slot: string) => Promise<void>
  decide: (decision: Decision) => Promise<void>
  /** Take a refused act up again on the ticket as it is now. */
  again: (act: Act) => Promise<void>
  forget: (act: Act) => Promise<void>
}

/** What may still be done with a listed ticket: what this phone did to it as it is listed is not offered again. */
export function movesLeft(ticket: Ticket, acts: Act[]): ActMove[] {
  const done = acts.filter((one) => (one.state === 'waiting' || one.state === 'sent') && one.ticket.version >= ticket.version)
  if (done.some((one) => one.state === 'waiting' || one.move !== 'extension')) return []
  return done.length ? ticket.moves.filter((one) => one !== 'extension') : ticket.moves
}

interface Found { account: string; ticket: Ticket | null; acts: Act[]; isListed: boolean }

/** Open a ticket of this phone. */
export function useTicket(id: string): TicketNow {
  const found = useLive<Found | null>(() => look(id), null)
  const follower = new Follower()
  onScopeDispose(() => { follower.stop() })
  const ticket = computed(() => found.value?.ticket ?? null)
  const waiting = computed(() => found.value?.acts.find((one) => one.state === 'waiting') ?? null)
  const moves = computed(() => (found.value?.isListed && ticket.value ? movesLeft(ticket.value, found.value.acts) : []))
  const copies = useLive(async () => new Set(await db.copies.toCollection().primaryKeys()), new Set<string>())

  const here = (): { account: string; ticket: Ticket } => {
    if (!found.value?.ticket) throw new Error('no ticket')
    return { account: found.value.account, ticket: found.value.ticket }
  }
  return {
    ticket, moves, waiting, copies,
    isRead: computed(() => found.value !== null),
    draft: computed(() => found.value?.acts.find((one) => one.state === 'draft') ?? null),
    refused: computed(() => found.value?.acts.filter((one) => one.state === 'refused') ?? []),
    write: async (words) => { await writeWords(here().account, here().ticket, words) },
    keep: async (file, grade) => { await keepPhoto(here(), file, grade, follower) },
    drop: async (slot) => { await removeActPhoto(found.value?.acts.find((one) => one.state === 'draft')?.id ?? '', slot) },
    decide: async (decision) => {
      await submitAct(here().account, here().ticket, decision)
      void syncNow()
    },
    again: async (act) => { await takeUpAgain(act.id, here().ticket) },
    forget: async (act) => { await dropAct(act.id) },
  }
}

/** A ticket that is on nobody's list any more is shown as it was when something was last done with it here. */
async function look(id: string): Promise<Found | null> {
  const account = (await setting('session'))?.account
  if (!account) return null
  const all = await db.acts.where('ticket.id').equals(id).toArray()
  const acts = all.filter((one) => one.account === account).sort((a, b) => (a.id < b.id ? 1 : -1))
  const listed = await db.tickets.get([account, id])
  return { account, ticket: listed?.ticket ?? acts[0]?.ticket ?? null, acts, isListed: listed !== undefined }
}

async function keepPhoto({ account, ticket }: { account: string; ticket: Ticket }, file: Blob, grade: Grade, follower: Follower): Promise<void> {
  const now = new Date()
  follower.start()
  const taken = await readPhoto(file, grade, watermark(ticket.site.name, (await setting('session'))?.post ?? '', now))
  const photo = { clause: 'ticket', grade, taken: now.toISOString(), position: (await follower.soon())?.position ?? null }
  await addActPhoto(account, ticket, { photo, type: taken.type, bytes: taken.bytes, copy: taken.copy })
}
