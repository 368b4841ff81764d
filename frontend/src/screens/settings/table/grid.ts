/** How wide columns are, and where keys lead. */
import type { Column } from '@/api/settings'

const WIDTHS: Record<string, number> = {
  number: 120,
  date: 130,
  time: 110,
  flag: 90,
  choice: 150,
  long: 320,
  ref: 190,
  refs: 260,
  list: 260,
}
const NAMED: Record<string, number> = { id: 170, code: 170, name_zh: 200, name_en: 240, lon: 130, lat: 130 }
export const widthOf = (column: Column): number => NAMED[column.name] ?? WIDTHS[column.kind ?? 'text'] ?? 170

export interface Spot {
  row: number
  column: number
}
/** Where a key leads from a cell; null for a key that leads nowhere. */
export function move(
  from: Spot,
  event: { key: string; ctrlKey: boolean },
  rows: number,
  columns: number,
  page: number,
): Spot | null {
  const steps: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-page, 0],
    PageDown: [page, 0],
    Home: event.ctrlKey ? [-rows, -columns] : [0, -columns],
    End: event.ctrlKey ? [rows, columns] : [0, columns],
  }
  const step = steps[event.key]
  if (!step || !rows) return null
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value))
  return { row: within(from.row + step[0], rows), column: within(from.column + step[1], columns) }
}

/** Rows any of whose cells hold all the words. `texts` are the rows' cells, joined and in small letters. */
export function search<T>(rows: T[], texts: string[], words: string): T[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (!wanted.length) return rows
  return rows.filter((_, index) => wanted.every((word) => texts[index]?.includes(word)))
}
