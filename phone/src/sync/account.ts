/** Signing in and out, and the day's list. */
import { call } from './call'
import { keepNonce } from './clock'
import { refreshStatus } from './refresh'
import { status } from './status'
import { forgetSafe } from './tidy'
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
  const { token, account, name, post } = answer.body
  await remember('session', { token, account, name, post })
  await keepNonce(answer.body)
  status.signedOut = false
  await refreshTasks()
  return ''
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
  })
  await keepNonce(answer)
  status.signedOut = false
  for (const id of new Set(answer.tasks.map((task) => task.standard))) await loadStandard(id)
}

async function unsent(account: string): Promise<string> {
  const states = await Promise.all(
    (['draft', 'waiting', 'refused'] as const).map((state) => db.visits.where('[account+state]').equals([account, state]).count()),
  )
  const reports = states.reduce((sum, one) => sum + one, 0)
  const photos = await db.uploads.where('[account+waiting]').equals([account, 1]).count()
  return reports || photos ? ` ${String(reports)} 条检查、${String(photos)} 张照片` : ''
}

/** Clear all that is personal; the phone's own id and its counters stay, so that a gap can be told later. */
async function wipe(account: string): Promise<void> {
  await db.transaction('rw', db.tables, async () => {
    const others = await db.visits.where('account').notEqual(account).count()
    if (others) {
      const mine = await db.visits.where('account').equals(account).toArray()
      const digests = mine.flatMap((one) => one.photos.map((photo) => photo.sha256))
      await Promise.all([db.originals.bulkDelete(digests), db.copies.bulkDelete(digests), db.uploads.bulkDelete(digests)])
      await db.visits.where('account').equals(account).delete()
      await db.tasks.where('account').equals(account).delete()
    } else {
      await Promise.all([db.visits, db.tasks, db.originals, db.copies, db.uploads, db.standards].map((table) => table.clear()))
    }
    await db.settings.where('key').noneOf(['device', 'made', 'previous', 'pauseOnMobile']).delete()
  })
}
