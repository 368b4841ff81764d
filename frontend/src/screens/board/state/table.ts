/** One table behind each chart: what the chart draws, to be read, and every figure with its cases. */
import type { Figure } from '@/api/types'

export interface Cell {
  text: string
  figure?: Figure | undefined
}
export interface Row {
  key: string
  name: string
  cells: Cell[]
}
export interface Table {
  head: string[]
  rows: Row[]
}
