/** The tickets that this account mends or verifies, with the photos of each problem, for when there is no network. */
import { call, fetchPicture } from './call'
import { keepNonce } from './clock'
import { photosPaused } from './queue'
import { forgetCopies } from './tidy'
import { db } from '../store/db'
import { does, setting } from '../store/settings'
import type { Ticket, TicketsAnswer } from '../wire'

/** So many tickets, those due first, have their photos brought before anybody looks. */
const AHEAD = 40

/** Load the list; an empty text means that went well, or that the account has no tickets at all. */
export async function refreshTickets(): Promise<string> {
  const session = await setting('session')
  if (!session || !does(session, 'tickets')) return ''
  const ours = (body: Record<string, unknown>): boolean => typeof body.nonce === 'string' && Array.isArray(body.tickets)
  const answer = await call<TicketsAnswer>('GET', '/tickets', ours)
  if (answer.kind === 'silent') return answer.reason
  if (answer.kind === 'told') return answer.body.message ?? ''
  const { tickets } = answer.body
  await db.transaction('rw', [db.tickets, db.visits, db.acts, db.copies], async () => {
    await db.tickets.where('account').equals(session.account).delete()
    await db.tickets.bulkPut(tickets.map((ticket, order) => ({ account: session.account, id: ticket.id, order, ticket })))
    await forgetCopies()
  })
  await keepNonce(answer.body)
  void bringAhead(session.account, tickets.slice(0, AHEAD))
  return ''
}

/** Bring the photos of a ticket that are not on this phone. */
export async function bringPhotos(ticket: Ticket): Promise<void> {
  for (const photo of [...ticket.before, ...ticket.after]) {
    if (await db.copies.get(photo.sha256)) continue
    const bytes = await fetchPicture(`/tickets/${ticket.id}/photos/${photo.id}`)
    if (bytes === null) continue
    await db.copies.put({ sha256: photo.sha256, bytes })
  }
}

async function bringAhead(account: string, tickets: Ticket[]): Promise<void> {
  if (await photosPaused(false)) return
  for (const ticket of tickets) {
    const held = (await setting('session'))?.account === account && (await db.tickets.get([account, ticket.id]))
    if (held) await bringPhotos(ticket).catch(() => undefined)
  }
}
