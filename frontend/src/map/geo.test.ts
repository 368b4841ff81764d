import { expect, it } from 'vitest'
import { fitInto } from '@/device/shrink'
import { bearingDeg, distanceM, windOf } from './geo'

it('measures distances and bearings', () => {
  expect(distanceM([106.5, 29.5], [106.5, 29.501])).toBeCloseTo(111.2, 0)
  expect(bearingDeg([106.5, 29.5], [106.5, 29.6])).toBeCloseTo(0, 5)
  expect(bearingDeg([106.5, 29.5], [106.6, 29.5])).toBeCloseTo(90, 0)
  expect(bearingDeg([106.5, 29.5], [106.4, 29.5])).toBeCloseTo(270, 0)
})
it('names the wind that is nearest', () => {
  expect([0, 44, 90, 181, 337, 359].map(windOf)).toEqual(['n', 'ne', 'e', 's', 'nw', 'n'])
})
it('makes pictures smaller, never larger', () => {
  expect(fitInto(4000, 3000, 1600)).toEqual({ width: 1600, height: 1200 })
  expect(fitInto(800, 600, 1600)).toEqual({ width: 800, height: 600 })
  expect(fitInto(10_000, 1, 1600)).toEqual({ width: 1600, height: 1 })
})
