/** How states, times and sizes are said. */
import type { Visit, VisitState } from '../store/db'
import type { ActMove, Ticket } from '../wire'

export const KINDS: Record<string, string> = {
  compound: '居住小区', village: '行政村', unit: '单位', shop: '商铺', public_place: '公共场所', station: '收运站点',
}

export const STATES: Record<VisitState, string> = {
  draft: '未提交', waiting: '待上传', sent: '已上传', held: '已收到，待主管处理', refused: '未被接受',
}

/** Traffic light of a state, the same everywhere. */
export const LIGHTS: Record<VisitState, 'green' | 'yellow' | 'red'> = {
  draft: 'yellow', waiting: 'yellow', sent: 'green', held: 'yellow', refused: 'red',
}

export const STANDINGS: Record<string, string> = {
  counts: '计入得分', late: '关账后提交，不计分', double: '重复检查，由主管决定', outside: '计划外，由主管决定', set_aside: '不予采信',
}

export const MOVES: Record<ActMove, string> = {
  handle: '整改完成', return: '退回', pass: '核查通过', fail: '核查不通过', extension: '申请延期',
}

/** Within a day of its end a deadline is yellow, after it red; it counts only while the problem is to be mended. */
export function dueLight(ticket: Pick<Ticket, 'due' | 'state'>, now = Date.now()): 'green' | 'yellow' | 'red' | 'none' {
  if (!ticket.due || !['dispatched', 'returned'].includes(ticket.state)) return 'none'
  const left = Date.parse(ticket.due) - now
  return left < 0 ? 'red' : left <= 86_400_000 ? 'yellow' : 'green'
}

/** A deadline as people say it: 还剩 2 天, 已逾期 3 小时. */
export function dueWords(due: string, now = Date.now()): string {
  const left = Date.parse(due) - now
  const minutes = Math.floor(Math.abs(left) / 60_000)
  const span = minutes < 60 ? `${String(minutes)} 分钟` : minutes < 2_880 ? `${String(Math.floor(minutes / 60))} 小时` : `${String(Math.floor(minutes / 1440))} 天`
  return left < 0 ? `已逾期 ${span}` : `还剩 ${span}`
}

export const GRADES: Record<string, string> = { A: '应用内拍摄', B: '系统相机', C: '相册' }

const shown = (moment: string | number | Date, options: Intl.DateTimeFormatOptions): string =>
  new Date(moment).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false, ...options })

export const clock = (moment: string | number | Date): string => shown(moment, { hour: '2-digit', minute: '2-digit' })
export const day = (moment: string | number | Date): string => shown(moment, { month: 'numeric', day: 'numeric' })
export const dayAndTime = (moment: string | number | Date): string => `${day(moment)} ${clock(moment)}`

/** Whether two moments lie on the same day in the town. */
export const isSameDay = (a: string | number | Date, b: string | number | Date): boolean =>
  shown(a, { dateStyle: 'short' }) === shown(b, { dateStyle: 'short' })

export function bytes(count: number): string {
  if (count >= 1024 ** 3) return `${(count / 1024 ** 3).toFixed(1)} GB`
  if (count >= 1024 ** 2) return `${String(Math.round(count / 1024 ** 2))} MB`
  return `${String(Math.ceil(count / 1024))} KB`
}

export function distance(metres: number): string {
  return metres < 950 ? `${String(Math.round(metres / 10) * 10)} 米` : `${(metres / 1000).toFixed(1)} 公里`
}

export const windows = (opening: string[][]): string => opening.map((pair) => pair.join('–')).join('、')

/** Whether a moment lies in a drop-off window; null when the site has none. */
export function isOpen(opening: string[][] | undefined, moment: Date): boolean | null {
  if (!opening?.length) return null
  const now = clock(moment)
  return opening.some(([from = '', to = '']) => from <= now && now < to)
}

export const placeWords = (site: Pick<Visit['site'], 'committee' | 'kind'>): string =>
  `${site.committee} · ${KINDS[site.kind] ?? site.kind}`
