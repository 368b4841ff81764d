/** The responsibility matrix as a grid: what (a trade or a category) by where (an area) -> which department. */
import type { Edit, RowView } from '@/api/settings'

export interface Line {
  category: string
  trade: string
}
export const keyOf = (line: Line, area: string): string => [line.category, line.trade, area].join('|')

/** Lines of the grid: "anything" and every trade there is, then whatever else rows speak of. */
export function linesOf(rows: RowView[], trades: string[]): Line[] {
  const found = new Map<string, Line>()
  const add = (line: Line): void => void found.set(`${line.category}|${line.trade}`, line)
  add({ category: '', trade: '' })
  for (const trade of trades) add({ category: '', trade })
  for (const { cells } of rows) add({ category: cells['category'] ?? '', trade: cells['trade'] ?? '' })
  return [...found.values()]
}

export const byKey = (rows: RowView[]): Map<string, RowView> =>
  new Map(
    rows.map((row) => [
      keyOf({ category: row.cells['category'] ?? '', trade: row.cells['trade'] ?? '' }, row.cells['area'] ?? ''),
      row,
    ]),
  )

/** What choosing a department in a cell means: a new row, another department, or no row any more. */
export function editOf(row: RowView | undefined, line: Line, area: string, department: string): Edit | null {
  if (!department) return row ? { op: 'remove', key: row.key } : null
  if (!row) return { op: 'put', cells: { department, category: line.category, trade: line.trade, area } }
  return row.cells['department'] === department ? null : { op: 'put', key: row.key, cells: { department } }
}
