import { expect, test } from 'vitest'

import { gradeOf, NotAPicture, readPhoto, watermark } from './photo'
import { fixOf, isCoarse, metres } from './position'

test('a photo that the camera was asked for but that is old came from the gallery', () => {
  const now = 1_000_000
  expect(gradeOf('B', { lastModified: now - 5_000 }, now)).toBe('B')
  expect(gradeOf('B', { lastModified: now - 121_000 }, now)).toBe('C')
  expect(gradeOf('A', { lastModified: 0 }, now)).toBe('A')
})

test('a file that is no picture is refused with a reason', async () => {
  await expect(readPhoto(new Blob(['%PDF'], { type: 'application/pdf' }), 'C', '')).rejects.toThrow(NotAPicture)
})

test('the mark says where, when in the town, and who by post', () => {
  expect(watermark('示例小区', '检查员', new Date('2026-11-24T16:05:09Z'))).toBe('示例小区 · 2026/11/25 00:05:09 · 检查员')
})

test('seven decimals, whole metres, and how old the fix is', () => {
  const found = fixOf({ latitude: 31.123456789, longitude: 121.1, accuracy: 12.6 }, 4_000, 10_400)
  expect(found).toEqual({ position: { latitude: '31.1234568', longitude: '121.1000000', accuracy: 13 }, age: 6 })
  expect(isCoarse(found)).toBe(false)
  expect(isCoarse(fixOf({ latitude: 31, longitude: 121, accuracy: 3000 }, 0, 0))).toBe(true)
})

test('a hundredth of a degree north is a good kilometre', () => {
  const from = { latitude: '31.10', longitude: '121.00' }
  expect(Math.round(metres(from, { latitude: '31.11', longitude: '121.00' }))).toBe(1112)
  expect(metres(from, from)).toBe(0)
})
