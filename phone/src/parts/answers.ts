/** How a clause is asked on a screen, and how what was tapped becomes the text that the engine reads. */
import { NOT_APPLICABLE, isScored, missingKinds } from '../scoring/clauses'
import { plain } from '../scoring/numbers'
import type { Clause } from '../wire'

export interface Choice { value: string; label: string; tone: 'good' | 'bad' | 'plain' }

export type Control =
  | { kind: 'choice'; choices: Choice[] }
  | { kind: 'several'; none: Choice; kinds: string[] }
  | { kind: 'count'; none: string; unit: string; tone: 'good' | 'bad' }
  | { kind: 'ratio' }
  | { kind: 'percent' }

export function controlOf(clause: Clause): Control {
  switch (clause.rule) {
    case 'all_or_nothing':
      return { kind: 'choice', choices: [good('yes', '达标'), bad('no', `扣 ${plain(clause.points)} 分`)] }
    case 'veto':
      return { kind: 'choice', choices: [good('no', '未发生'), bad('yes', '发生')] }
    case 'levels':
      return { kind: 'choice', choices: levels(clause) }
    case 'missing_kinds':
      return { kind: 'several', none: good('none', '达标（不缺）'), kinds: clause.kinds }
    case 'per_occurrence':
      return { kind: 'count', none: '达标', unit: '处', tone: 'bad' }
    case 'penalty':
      return { kind: 'count', none: '没有', unit: '次', tone: 'bad' }
    case 'bonus':
      return { kind: 'count', none: '没有', unit: '次', tone: 'good' }
    case 'ratio':
      return { kind: 'ratio' }
    case 'steps':
    case 'shortfall':
      return { kind: 'percent' }
  }
}

const good = (value: string, label: string): Choice => ({ value, label, tone: 'good' })
const bad = (value: string, label: string): Choice => ({ value, label, tone: 'bad' })

function levels(clause: Extract<Clause, { rule: 'levels' }>): Choice[] {
  return Object.entries(clause.levels).map(([name, points]) =>
    points === clause.points ? good(name, name) : bad(name, `${name}（${plain(points)}分）`),
  )
}

export const mayNotApply = (clause: Clause): boolean => isScored(clause)
export const doesNotApply = (text: string): boolean => ['n/a', '不适用'].includes(text.trim().toLowerCase())

/** Tapping a chosen 不适用 takes it back. */
export const toggledNotApplicable = (text: string): string => (doesNotApply(text) ? '' : NOT_APPLICABLE)

/** The kinds of an answer that lack; empty when nothing lacks or nothing is said yet. */
export function lacking(clause: Extract<Clause, { rule: 'missing_kinds' }>, text: string): string[] {
  if (text === '' || doesNotApply(text)) return []
  try {
    return missingKinds(clause, text)
  } catch {
    return []
  }
}

/** The answer after one kind was tapped. */
export function toggledKind(clause: Extract<Clause, { rule: 'missing_kinds' }>, text: string, kind: string): string {
  const chosen = new Set(lacking(clause, text))
  if (!chosen.delete(kind)) chosen.add(kind)
  return clause.kinds.filter((one) => chosen.has(one)).join(';')
}

/** A count moved by one, never below 0. */
export const stepped = (text: string, by: 1 | -1): string => String(Math.max(0, countIn(text) + by))

export function countIn(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0
}

/** The two halves of 13/15. */
export function halves(text: string): [string, string] {
  if (doesNotApply(text)) return ['', '']
  const [first = '', second = ''] = text.split('/')
  return [first.trim(), second.trim()]
}

/** Back to one text; empty when neither half is said. */
export const joined = (first: string, second: string): string =>
  first.trim() || second.trim() ? `${first.trim()}/${second.trim()}` : ''
