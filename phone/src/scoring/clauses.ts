/** What an answer means for its clause: zerentian/evaluation/clauses.py, rule by rule. */
import { exact, Fraction, least, most, parseCount, parseNumber, plain, ZERO } from './numbers'
import type { Clause } from '../wire'

/** What one answer means: points lost, points outside full marks, whether the clause applies, a veto met. */
export interface Outcome {
  lost: Fraction
  extra: Fraction
  applies: boolean
  veto: boolean
}

/** An answer that the clause's rule does not know; the message says what was expected. */
export class NotAllowed extends Error {}

export const NOT_APPLICABLE = 'n/a'
const PERCENT = '0 至 100 的百分数，例如 89.9'
const YES_NO: Record<string, boolean> = { yes: true, 是: true, no: false, 否: false }

type Rule = Clause['rule']
type Of<R extends Rule> = Extract<Clause, { rule: R }>
type Scored = Extract<Clause, { points: number }>

export const isScored = (clause: Clause): clause is Scored => 'points' in clause
export const marks = (clause: Clause): Fraction => (isScored(clause) ? exact(clause.points) : ZERO)

export const unobserved = (): Outcome => ({ lost: ZERO, extra: ZERO, applies: true, veto: false })

/** Throws `NotAllowed`. */
export function observe(clause: Clause, text: string, month: string): Outcome {
  const none = unobserved()
  if (!isScored(clause)) {
    if (clause.rule === 'veto') return { ...none, veto: yesNo(clause, text) }
    const amount = exact(clause.each).mul(count(clause, text))
    return { ...none, extra: clause.rule === 'bonus' ? amount : amount.neg() }
  }
  if (['n/a', '不适用'].includes(text.trim().toLowerCase())) return { ...none, applies: false }
  return { ...none, lost: least(lostAt(clause, text, month), exact(clause.points)) }
}

function lostAt(clause: Scored, text: string, month: string): Fraction {
  switch (clause.rule) {
    case 'all_or_nothing':
      return yesNo(clause, text) ? ZERO : exact(clause.points)
    case 'per_occurrence': {
      const lost = exact(clause.each).mul(count(clause, text))
      return clause.cap == null ? lost : least(lost, exact(clause.cap))
    }
    case 'missing_kinds':
      return exact(clause.each).mul(missingKinds(clause, text).length)
    case 'levels': {
      const points = clause.levels[text.trim()]
      if (points === undefined) throw new NotAllowed(expected(clause))
      return exact(clause.points).sub(exact(points))
    }
    case 'ratio':
      return lostByRatio(clause, text)
    case 'steps': {
      const short = exact(clause.start).sub(percentage(text))
      return exact(clause.each).mul(most(ZERO, short.div(exact(clause.step)).ceil()))
    }
    case 'shortfall': {
      const short = targetOf(clause, month).sub(percentage(text))
      return exact(clause.each).mul(most(ZERO, short.floor()))
    }
  }
}

/** What may be answered, in words. */
export function expected(clause: Clause): string {
  switch (clause.rule) {
    case 'all_or_nothing':
      return 'yes 或 no（是/否）'
    case 'per_occurrence':
      return '发现的处数（不小于 0 的整数）'
    case 'missing_kinds':
      return `none，或缺少的种类（用 ; 分隔）：${clause.kinds.join('、')}`
    case 'levels':
      return `等级之一：${Object.keys(clause.levels).join('、')}`
    case 'ratio':
      return '合格数/检查数，例如 13/15（合格数不大于检查数，检查数大于 0）'
    case 'steps':
    case 'shortfall':
      return PERCENT
    case 'veto':
      return 'yes（发生）或 no（未发生）'
    default:
      return '次数（不小于 0 的整数）'
  }
}

/** How points are lost, as printed on the score sheet. */
export function words(clause: Clause): string {
  switch (clause.rule) {
    case 'all_or_nothing':
      return `达到要求得${plain(clause.points)}分，否则不得分`
    case 'per_occurrence':
      return `每处扣${plain(clause.each)}分，${clause.cap == null ? '扣完为止' : `最多扣${plain(clause.cap)}分`}`
    case 'missing_kinds':
      return `（${clause.kinds.join('、')}）每缺一种扣${plain(clause.each)}分，扣完为止`
    case 'levels':
      return Object.entries(clause.levels).map(([name, points]) => `${name}得${plain(points)}分`).join('，')
    case 'ratio':
      return `合格数÷检查数×${plain(clause.points)}分`
    case 'steps':
      return `达到${plain(clause.start)}%不扣分，每低${plain(clause.step)}个百分点（不足的按一档计）扣${plain(clause.each)}分，扣完为止`
    case 'shortfall':
      return `目标${targetWords(clause)}，每低1个百分点扣${plain(clause.each)}分，扣完为止`
    case 'veto':
      return `一票否决：发生即不达标${clause.cap == null ? '' : `，得分不超过${plain(clause.cap)}分`}`
    case 'bonus':
      return `加分：每次加${plain(clause.each)}分`
    case 'penalty':
      return `另扣：每次扣${plain(clause.each)}分`
  }
}

/** An answer as a reader says it: 3处, 缺湿垃圾, 82.5%, 不适用. What the rule does not know stays as it is. */
export function observedWords(clause: Clause, text: string, month: string): string {
  try {
    if (!observe(clause, text, month).applies) return '不适用'
  } catch {
    return text
  }
  switch (clause.rule) {
    case 'all_or_nothing':
      return yesNo(clause, text) ? '是' : '否'
    case 'per_occurrence':
      return `${plain(count(clause, text))}处`
    case 'missing_kinds': {
      const kinds = missingKinds(clause, text)
      return kinds.length ? `缺${kinds.join('、')}` : '不缺'
    }
    case 'steps':
    case 'shortfall':
      return `${plain(percentage(text))}%`
    case 'veto':
      return yesNo(clause, text) ? '发生' : '未发生'
    case 'bonus':
    case 'penalty':
      return `${plain(count(clause, text))}次`
    default:
      return text
  }
}

function yesNo(clause: Clause, text: string): boolean {
  const answer = YES_NO[text.trim().toLowerCase()]
  if (answer === undefined) throw new NotAllowed(expected(clause))
  return answer
}

function count(clause: Clause, text: string): Fraction {
  const found = parseCount(text)
  if (!found) throw new NotAllowed(expected(clause))
  return found
}

function percentage(text: string): Fraction {
  const number = parseNumber(text.trim().replace(/[%％]$/, ''))
  if (!number || number.compare(0) < 0 || number.compare(100) > 0) throw new NotAllowed(PERCENT)
  return number
}

export function missingKinds(clause: Of<'missing_kinds'>, text: string): string[] {
  const given = text.trim()
  if (!clause.kinds.includes(given) && ['none', '无'].includes(given.toLowerCase())) return []
  const missing = given.replace(/；/g, ';').split(';').map((one) => one.trim())
  const isSound = missing.every((one) => clause.kinds.includes(one)) && new Set(missing).size === missing.length
  if (!isSound) throw new NotAllowed(expected(clause))
  return missing
}

function lostByRatio(clause: Of<'ratio'>, text: string): Fraction {
  const [goodText = '', totalText = '', ...more] = text.replace(/／/g, '/').split('/')
  const [good, total] = [parseCount(goodText), parseCount(totalText)]
  if (!good || !total || more.length || total.compare(0) === 0 || good.compare(total) > 0) {
    throw new NotAllowed(expected(clause))
  }
  return exact(clause.points).mul(total.sub(good)).div(total)
}

function targetOf(clause: Of<'shortfall'>, month: string): Fraction {
  if (typeof clause.target !== 'object') return exact(clause.target)
  const months = Object.keys(clause.target).sort()
  const last = months.filter((one) => one <= month).pop()
  if (last === undefined) throw new NotAllowed(`${months[0] ?? ''} 及以后的月份（此前没有规定目标）`)
  return exact(clause.target[last] ?? 0)
}

function targetWords(clause: Of<'shortfall'>): string {
  if (typeof clause.target !== 'object') return `${plain(clause.target)}%`
  const steps = Object.entries(clause.target).sort(([a], [b]) => (a < b ? -1 : 1))
  return steps.map(([month, value]) => `${month}起${plain(value)}%`).join('、')
}
