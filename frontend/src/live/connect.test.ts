import { expect, it } from 'vitest'
import { backoffMs } from './connect'

it('waits longer each time, between 1 and 30 s, never all at the same moment', () => {
  expect(backoffMs(0, 0)).toBe(1000)
  expect(backoffMs(0, 1)).toBe(1000)
  expect(backoffMs(3, 0)).toBe(4000)
  expect(backoffMs(3, 1)).toBe(8000)
  expect(backoffMs(50, 1)).toBe(30_000)
  expect(backoffMs(50, 0)).toBe(15_000)
})
