/** Parts as tables: one row each, the named figures as columns. */
import type { Part } from '@/api/metrics'
import { formatCount, formatShare } from '@/i18n/format'
import type { Locale } from '@/i18n'
import type { Words } from '@/api/types'
import type { Table } from './table'

const RATES = new Set(['on_time_rate', 'rework_rate'])
/** A score always has its tenth, so that those of a column stand beneath each other. */
function tell(key: string, value: number | null, locale: Locale): string {
  if (RATES.has(key)) return formatShare(value)
  if (value === null) return '–'
  return key === 'score' ? value.toFixed(1) : formatCount(value, locale)
}

export interface Column {
  key: string
  title: string
}

export function tableOf(
  first: string,
  columns: Column[],
  parts: Part[],
  say: (words: Words) => string,
  locale: Locale,
): Table {
  return {
    head: [first, ...columns.map(({ title }) => title)],
    rows: parts.map((part) => ({
      key: part.key || '-',
      name: say(part.name),
      cells: columns.map(({ key }) => {
        const figure = part.figures[key]
        const value = figure?.value ?? null
        return { text: tell(key, value, locale), figure }
      }),
    })),
  }
}
