import { describe, expect, test } from 'vitest'

import { assess } from './assess'
import { observedWords } from './clauses'
import { parseCount, parseNumber, plain, published, Fraction } from './numbers'
import vectors from './vectors.json'
import type { Standard } from '../wire'

interface Case {
  month: string
  answers: Record<string, string>
  score: string | null
  passed: boolean
  vetoes: string[]
  missing: string[]
  faults: Record<string, string>
  lost: Record<string, string>
  words: Record<string, string>
}

describe.each(vectors as unknown as { standard: Standard; cases: Case[] }[])('$standard.standard', ({ standard, cases }) => {
  test('counts as the engine does, in each case', () => {
    for (const one of cases) {
      const made = assess(standard, one.month, one.answers)
      expect({
        month: one.month, answers: one.answers, score: made.score, passed: made.passed,
        vetoes: made.vetoes.map((clause) => clause.id), missing: made.missing.map((clause) => clause.id),
        faults: made.faults, lost: made.lost, words: one.words,
      }).toEqual(one)
    }
  })

  test('says what was observed as the engine does', () => {
    const clauses = standard.sections.flatMap((section) => section.clauses)
    for (const one of cases) {
      for (const clause of clauses) {
        const words = one.words[clause.id]
        if (words !== undefined) expect(observedWords(clause, one.answers[clause.id] ?? '', one.month)).toBe(words)
      }
    }
  })
})

test.each(['', '1e309', 'NaN', '12。5', '①', '1,000', '0x10', '1 2', '.5', '5.', '1'.repeat(31)])('%s is no number', (text) => {
  expect(parseNumber(text)).toBeNull()
})

test('full-width figures are figures; a count is whole and not negative', () => {
  expect(plain(parseNumber('８８．５') ?? '')).toBe('88.5')
  expect(parseCount('３')?.equals(3)).toBe(true)
  expect(parseCount('3.0')?.equals(3)).toBe(true)
  expect(parseCount('3.5')).toBeNull()
  expect(parseCount('-1')).toBeNull()
})

test('figures are rounded half away from zero, once', () => {
  expect(published(new Fraction('0.125'), 2)).toBe('0.13')
  expect(published(new Fraction('-0.125'), 2)).toBe('-0.13')
  expect(published(new Fraction('-0.001'), 2)).toBe('0.00')
  expect(published(new Fraction('99.995'), 2)).toBe('100.00')
  expect(published(new Fraction(2, 3), 0)).toBe('1')
  expect(plain('10')).toBe('10')
  expect(plain('2.50')).toBe('2.5')
})
