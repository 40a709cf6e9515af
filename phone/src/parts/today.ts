/** The day's sites as the inspector sees them: the server's list with what this phone did since. */
import { db, type Visit } from '../store/db'
import { setting } from '../store/settings'
import type { Task } from '../wire'

export interface Stop {
  task: Task
  /** This phone's newest visit of the task. */
  visit: Visit | null
  isDone: boolean
}

/** In route order; what this phone did counts as done before the server knows it. */
export async function stopsOfToday(): Promise<Stop[]> {
  const session = await setting('session')
  if (!session) return []
  const tasks = await db.tasks.where('account').equals(session.account).sortBy('order')
  const visits = await db.visits.where('account').equals(session.account).toArray()
  const newest = new Map(visits.sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [one.task, one]))
  return tasks.map(({ task }) => {
    const visit = newest.get(task.id) ?? null
    const isDone = task.state !== 'due' || (visit !== null && visit.state !== 'draft' && visit.state !== 'refused')
    return { task, visit, isDone }
  })
}

/** Visits begun and not submitted, the newest first. */
export async function drafts(): Promise<Visit[]> {
  const session = await setting('session')
  if (!session) return []
  const found = await db.visits.where('[account+state]').equals([session.account, 'draft']).toArray()
  return found.sort((a, b) => b.updated - a.updated)
}
