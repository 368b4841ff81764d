/** Parts as tables: one row each, the named figures as columns. */
import type { Part } from '@/api/metrics'
import { formatCount, formatShare } from '@/i18n/format'
import type { Locale } from '@/i18n'
import type { Words } from '@/api/types'
import type { Table } from './table'

const RATES = new Set(['on_time_rate', 'rework_rate'])

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
        const text = RATES.has(key) ? formatShare(value) : value === null ? '–' : formatCount(value, locale)
        return { text, figure }
      }),
    })),
  }
}
