import { expect, test } from 'vitest'

import { controlOf, halves, joined, lacking, stepped, toggledKind, toggledNotApplicable } from './answers'
import { codeOnPlate } from './plate'
import { isOpen } from './words'
import { observe } from '../scoring/clauses'
import type { Clause } from '../wire'

const common = { source: '', unsure: '', text: '' }
const kinds: Extract<Clause, { rule: 'missing_kinds' }> =
  { ...common, id: 'k', rule: 'missing_kinds', points: 4, each: 1, kinds: ['湿垃圾', '干垃圾', '有害垃圾'] }
const levels: Clause = { ...common, id: 'l', rule: 'levels', points: 8, levels: { 规范: 8, 不全: 5, 无: 0 } }

test('a kind tapped lacks, tapped again it does not, and the order is the standard’s', () => {
  const two = toggledKind(kinds, toggledKind(kinds, '', '有害垃圾'), '湿垃圾')
  expect(two).toBe('湿垃圾;有害垃圾')
  expect(lacking(kinds, two)).toEqual(['湿垃圾', '有害垃圾'])
  expect(toggledKind(kinds, two, '湿垃圾')).toBe('有害垃圾')
  expect(toggledKind(kinds, 'none', '干垃圾')).toBe('干垃圾')
})

test('each choice is an answer that the clause’s rule knows', () => {
  const control = controlOf(levels)
  if (control.kind !== 'choice') throw new Error(control.kind)
  expect(control.choices.map((one) => [one.label, one.tone])).toEqual([['规范', 'good'], ['不全（5分）', 'bad'], ['无（0分）', 'bad']])
  for (const { value } of control.choices) expect(() => observe(levels, value, '2026-11')).not.toThrow()
})

test('a stepper never goes below nothing', () => {
  expect([stepped('', 1), stepped('3', -1), stepped('0', -1), stepped('n/a', 1)]).toEqual(['1', '2', '0', '1'])
})

test('a ratio is two numbers and one text', () => {
  expect(halves('13/15')).toEqual(['13', '15'])
  expect(joined('13', '')).toBe('13/')
  expect(joined(' ', '')).toBe('')
  expect(halves('n/a')).toEqual(['', ''])
})

test('不适用 tapped twice is taken back', () => {
  expect(toggledNotApplicable(toggledNotApplicable('3'))).toBe('')
})

test('a plate carries an address that ends in the site’s id, or a bare code', () => {
  expect(codeOnPlate('https://town.example/places/sites/0190-ab/')).toBe('0190-ab')
  expect(codeOnPlate(' QP-001 ')).toBe('QP-001')
})

test('a moment lies in a drop-off window by the town’s clock', () => {
  const windows = [['07:00', '09:00'], ['18:00', '20:00']]
  expect(isOpen(windows, new Date('2026-11-24T23:00:00Z'))).toBe(true)
  expect(isOpen(windows, new Date('2026-11-25T01:00:00Z'))).toBe(false)
  expect(isOpen([], new Date())).toBeNull()
})
