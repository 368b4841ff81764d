import type { Point } from '@/api/types'

/** Where something is: a point, words, or both. */
export interface Spot {
  point: Point | null
  accuracyM: number | null
  address: string
}
