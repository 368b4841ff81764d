/** What cells are called: names behind codes, words behind values. */
import type { Choice, Choices, Column } from '@/api/settings'
import type { Words } from '@/api/types'

export const SEPARATOR = '|'
export const itemsOf = (text: string): string[] =>
  text
    .split(SEPARATOR)
    .map((item) => item.trim())
    .filter(Boolean)

export function choicesFor(column: Column, choices: Choices | null): Choice[] {
  if (column.options?.length) return column.options.map(({ value, label }) => ({ value, name: label, of: '' }))
  const family = column.refers as keyof Choices
  return (family && choices?.[family]) || []
}

/** Value -> name, for a column that names other rows; made once for each set of choices. */
const tables = new WeakMap<Column, { of: Choices | null; names: Map<string, Words> }>()
function namesOf(column: Column, choices: Choices | null): Map<string, Words> {
  const known = tables.get(column)
  if (known && known.of === choices) return known.names
  const names = new Map(choicesFor(column, choices).map(({ value, name }) => [value, name]))
  tables.set(column, { of: choices, names })
  return names
}

const FLAGS: Record<string, Words> = { true: { zh: '是', en: 'yes' }, false: { zh: '否', en: 'no' } }

/** What a cell says to a reader; a code that has a name is shown by it. */
export function tell(column: Column, text: string, choices: Choices | null, say: (words: Words) => string): string {
  if (!text) return column.usual ? tell(column, column.usual, choices, say) : ''
  if (column.kind === 'flag') return FLAGS[text] ? say(FLAGS[text]) : text
  if (column.refers || column.kind === 'choice') {
    const names = namesOf(column, choices)
    const shown = itemsOf(text).map((item) => {
      const name = names.get(item)
      return name ? say(name) : item
    })
    return shown.join(' · ')
  }
  return column.kind === 'list' ? itemsOf(text).join(' · ') : text
}
