/** Exact figures, as zerentian/core/points.py reads, rounds and prints them. */
import Fraction from 'fraction.js'

export { Fraction }
export type Figure = string | number

export const ZERO = new Fraction(0)

const PLAIN = /^[+-]?\d+(\.\d+)?$/
const LONGEST = 30

/** Plain decimal notation, full-width digits included; null for anything else. */
export function parseNumber(text: string): Fraction | null {
  const narrow = text.trim().replace(/[０-９．＋－]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
  return narrow.length <= LONGEST && PLAIN.test(narrow) ? new Fraction(narrow.replace(/^\+/, '')) : null
}

/** A whole number ≥ 0; null for anything else. */
export function parseCount(text: string): Fraction | null {
  const number = parseNumber(text)
  return number && number.compare(0) >= 0 && number.d === 1n ? number : null
}

export const exact = (figure: Figure): Fraction => new Fraction(String(figure))

/** Rounded once, half away from zero, with that many places: as a figure is published. */
export function published(value: Fraction, places: number): string {
  const scale = 10n ** BigInt(places)
  const doubled = value.n * 2n * scale
  const digits = ((doubled + value.d) / (2n * value.d)).toString().padStart(places + 1, '0')
  const sign = value.s < 0n && /[1-9]/.test(digits) ? '-' : ''
  return sign + (places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits)
}

/** The shortest text of a figure: `2`, `0.5`; what does not end is rounded to six places. */
export function plain(figure: Figure | Fraction): string {
  const text = published(figure instanceof Fraction ? figure : exact(figure), 6)
  return text.replace(/\.?0+$/, '')
}

export const least = (a: Fraction, b: Fraction): Fraction => (a.compare(b) <= 0 ? a : b)
export const most = (a: Fraction, b: Fraction): Fraction => (a.compare(b) >= 0 ? a : b)
export const sum = (all: Fraction[]): Fraction => all.reduce((total, one) => total.add(one), ZERO)
