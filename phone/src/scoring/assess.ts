/** One visit while it is being filled in: zerentian/evaluation/assessment.py with the one-visit part of scoring.py. */
import { isScored, marks, NotAllowed, observe, unobserved, type Outcome } from './clauses'
import { exact, Fraction, least, most, plain, published, sum, ZERO } from './numbers'
import type { Clause, Section, Standard } from '../wire'

export interface Assessment {
  /** As the server publishes it; null when nothing applies. What is missing or faulty costs nothing here. */
  score: string | null
  passed: boolean
  vetoes: Clause[]
  missing: Clause[]
  /** What was expected, by clause. */
  faults: Record<string, string>
  /** Points lost or taken, by clause, as the clause stands. */
  lost: Record<string, string>
  /** Clauses that cost something: points, a penalty or a veto. Each wants evidence. */
  wrong: Clause[]
}

interface Slot { clause: Clause; outcome: Outcome }

export function assess(standard: Standard, month: string, answers: Record<string, string>): Assessment {
  const missing: Clause[] = []
  const faults: Record<string, string> = {}
  const sections = standard.sections.map((section) => ({
    section,
    slots: section.clauses.map((clause): Slot => {
      const text = (answers[clause.id] ?? '').trim()
      if (text === '') missing.push(clause)
      return { clause, outcome: text === '' ? unobserved() : read(clause, text, month, faults) }
    }),
  }))
  const slots = sections.flatMap((one) => one.slots)
  const score = scoreOf(standard, sections)
  const vetoes = slots.filter((one) => one.outcome.veto).map((one) => one.clause)
  const shown = score && published(score, standard.decimals)
  const line = exact(standard.pass_share).mul(exact(standard.full_marks))
  const costly = slots.filter(({ outcome }) => outcome.lost.compare(0) > 0 || outcome.extra.compare(0) < 0 || outcome.veto)
  return {
    score: shown,
    passed: vetoes.length === 0 && shown !== null && exact(shown).compare(line) >= 0,
    vetoes,
    missing,
    faults,
    lost: Object.fromEntries(costly.map(({ clause, outcome }) => [clause.id, plain(outcome.lost.sub(outcome.extra))])),
    wrong: costly.map((one) => one.clause),
  }
}

function read(clause: Clause, text: string, month: string, faults: Record<string, string>): Outcome {
  try {
    return observe(clause, text, month)
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    faults[clause.id] = error.message
    return unobserved()
  }
}

/** clamp(full − losses + bonus − penalty), then vetoes; null when no clause applied. */
function scoreOf(standard: Standard, sections: { section: Section; slots: Slot[] }[]): Fraction | null {
  const full = exact(standard.full_marks)
  const scaled = standard.not_applicable === 'rescale'
  const slots = sections.flatMap((one) => one.slots)
  const applicable = sum(slots.filter((one) => one.outcome.applies).map((one) => marks(one.clause)))
  if (applicable.compare(0) === 0) return null
  const lost = sum(sections.map(({ section, slots: own }) => lostInSection(section, own, scaled)))
  const losses = scaled ? lost.mul(full).div(applicable) : lost
  const extra = sum(sections.map(({ section, slots: own }) => extraOf(section, own)))
  const score = most(ZERO, least(full.sub(losses).add(extra), full))
  return slots.reduce((capped, { clause, outcome }) => {
    const isCapped = outcome.veto && clause.rule === 'veto' && clause.cap != null
    return isCapped ? least(capped, exact(clause.cap ?? 0)) : capped
  }, score)
}

/** A closed gate costs all that its section still had. */
function lostInSection(section: Section, slots: Slot[], scaled: boolean): Fraction {
  const gate = slots.find((one) => one.clause.id === section.gate?.clause)
  const lost = sum(slots.map((one) => one.outcome.lost))
  const closed = gate?.outcome.applies && gate.outcome.lost.equals(marks(gate.clause))
  if (!closed) return lost
  const counted = slots.filter((one) => isScored(one.clause) && (one.outcome.applies || !scaled))
  return sum(counted.map((one) => marks(one.clause)))
}

function extraOf(section: Section, slots: Slot[]): Fraction {
  const extras = slots.map((one) => one.outcome.extra)
  const bonus = sum(extras.filter((one) => one.compare(0) > 0))
  const penalty = sum(extras.filter((one) => one.compare(0) < 0)).neg()
  const capped = (amount: Fraction, cap: string | number | null | undefined): Fraction =>
    cap == null ? amount : least(amount, exact(cap))
  return capped(bonus, section.bonus_cap).sub(capped(penalty, section.penalty_cap))
}
