/** Signing in and out, and the day's list. */
import type { Table } from 'dexie'

import { call } from './call'
import { keepNonce } from './clock'
import { refreshStatus } from './refresh'
import { status } from './status'
import { refreshTickets } from './tickets'
import { forgetCopies, forgetSafe } from './tidy'
import { db } from '../store/db'
import { deviceId, remember, setting } from '../store/settings'
import type { SiteFound, StandardAnswer, TasksAnswer, TokenAnswer } from '../wire'

/** Sign in; an empty text means done, else it says why not. What waits in the queue stays. */
export async function signIn(login: string, password: string, code: string): Promise<string> {
  const json = JSON.stringify({ login, password, code, device: await deviceId() })
  const ours = (body: Record<string, unknown>): boolean => typeof body.token === 'string' && typeof body.account === 'string'
  const answer = await call<TokenAnswer>('POST', '/sign-in', ours, { json })
  if (answer.kind === 'silent') return `${answer.reason}。没有网络时，可以继续用上次登录的账号。`
  if (answer.kind === 'told') return answer.body.message ?? answer.body.problems?.[0]?.message ?? '登录没有成功'
  const { token, account, name, post, work } = answer.body
  await remember('session', { token, account, name, post, work })
  await keepNonce(answer.body)
  status.signedOut = false
  await refreshLists()
  return ''
}

/** Load what there is to do, of every kind; empty text when that went well. */
export async function refreshLists(): Promise<string> {
  return (await refreshTasks()) || (await refreshTickets())
}

/** Sign out and wipe; refused, with the reason, while this phone holds work that the server does not have. */
export async function signOut(): Promise<string> {
  const session = await setting('session')
  if (!session) return ''
  const held = await unsent(session.account)
  if (held) return `本机还有${held}没有上传，上传完才能退出；也可以先导出文件。`
  await call('DELETE', '/token', () => true)
  await wipe(session.account)
  status.signedOut = false
  await refreshStatus()
  return ''
}

/** Load the day's list, its standards and the town's rules; empty text when that went well. */
export async function refreshTasks(): Promise<string> {
  const session = await setting('session')
  if (!session) return '请先登录'
  const ours = (body: Record<string, unknown>): boolean => typeof body.nonce === 'string' && Array.isArray(body.tasks)
  const answer = await call<TasksAnswer>('GET', '/tasks', ours)
  if (answer.kind === 'silent') return answer.reason
  if (answer.kind === 'told') {
    if (answer.status === 401) {
      status.signedOut = true
      await forgetSafe(session.account)
    }
    return answer.body.message ?? ''
  }
  await keepTasks(session.account, answer.body)
  return ''
}

/** The site whose plate carries `code`: among the day's sites first, then at the server; else why not. */
export async function findSite(code: string): Promise<SiteFound | string> {
  const wanted = code.trim()
  const task = (await db.tasks.toArray()).find(({ task: { site } }) => site.code === wanted || site.id === wanted)
  if (task) return { site: task.task.site, standard: task.task.standard, round: null }
  const ours = (body: Record<string, unknown>): boolean => typeof body.site === 'object' && body.site !== null
  const answer = await call<SiteFound>('GET', `/sites/by-code/${encodeURIComponent(wanted)}`, ours)
  if (answer.kind === 'silent') return `${answer.reason}。这个点位不在今天的任务里，联网后才能查到。`
  if (answer.kind === 'told') return answer.body.message ?? '没有找到这个点位'
  if (answer.body.standard) await loadStandard(answer.body.standard)
  return answer.body
}

/** Keep a standard on the phone; false when it could not be loaded. */
export async function loadStandard(id: string): Promise<boolean> {
  if (await db.standards.get(id)) return true
  const answer = await call<StandardAnswer>('GET', `/standards/${id}`, (body) => body.id === id)
  if (answer.kind !== 'accepted') return false
  await db.standards.put({ id, standard: answer.body.standard })
  return true
}

async function keepTasks(account: string, answer: TasksAnswer): Promise<void> {
  await db.transaction('rw', db.tasks, db.settings, async () => {
    await db.tasks.where('account').equals(account).delete()
    await db.tasks.bulkPut(answer.tasks.map((task, order) => ({ id: task.id, account, order, task })))
    await remember('rules', { photoRule: answer.photo_rule, phrases: answer.phrases })
    await remember('lost', answer.lost)
    await remember('lastSync', new Date().toISOString())
    const session = await setting('session')
    if (session?.account === account) await remember('session', { ...session, work: answer.work })
  })
  await keepNonce(answer)
  status.signedOut = false
  for (const id of new Set(answer.tasks.map((task) => task.standard))) await loadStandard(id)
}

async function unsent(account: string): Promise<string> {
  const states = ['draft', 'waiting', 'refused'] as const
  const count = async (table: Table): Promise<number> =>
    table.where('[account+state]').anyOf(states.map((state) => [account, state])).count()
  const [reports, acts] = [await count(db.visits), await count(db.acts)]
  const photos = await db.uploads.where('[account+waiting]').equals([account, 1]).count()
  if (!reports && !acts && !photos) return ''
  const things = [reports || !acts ? `${String(reports)} 条检查` : '', acts ? `${String(acts)} 条整改` : '', `${String(photos)} 张照片`]
  return ` ${things.filter(Boolean).join('、')}`
}

/** Clear all that is personal; the phone's own id and its counters stay, so that a gap can be told later. */
async function wipe(account: string): Promise<void> {
  await db.transaction('rw', db.tables, async () => {
    const others = await Promise.all([db.visits, db.acts].map((table: Table) => table.where('account').notEqual(account).count()))
    if (others.some(Boolean)) {
      const mine = [
        ...(await db.visits.where('account').equals(account).toArray()), ...(await db.acts.where('account').equals(account).toArray()),
      ]
      const digests = mine.flatMap((one) => one.photos.map((photo) => photo.sha256))
      await Promise.all([db.originals.bulkDelete(digests), db.copies.bulkDelete(digests), db.uploads.bulkDelete(digests)])
      await Promise.all([db.visits, db.acts, db.tasks, db.tickets].map((table: Table) => table.where('account').equals(account).delete()))
      await forgetCopies()
    } else {
      const all: Table[] = [db.visits, db.acts, db.tasks, db.tickets, db.originals, db.copies, db.uploads, db.standards]
      await Promise.all(all.map((table) => table.clear()))
    }
    await db.settings.where('key').noneOf(['device', 'made', 'previous', 'pauseOnMobile']).delete()
  })
}
