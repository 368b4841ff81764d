/** In which order and in which groups a list stands. Pure. */
import type { CaseView, Stage } from '@/api/types'
import { STAGES } from '@/api/workflow'
import { urgencyAt } from '@/live/light'

export const SORTS = [
  'urgency',
  'newest',
  'oldest',
  'due',
  'priority',
  'number',
  'category',
  'stage',
  'street',
  'department',
  'worker',
] as const
export type Sort = (typeof SORTS)[number]
export const GROUPS = ['street', 'department', 'category', 'stage', 'worker'] as const
export type Group = (typeof GROUPS)[number] | ''

const RANK = { critical: 0, urgent: 1, general: 2 }
const STAGE_RANK = new Map<Stage, number>(STAGES.map((stage, at) => [stage, at]))
const NEVER = Number.MAX_SAFE_INTEGER

/** How codes are said, to be sorted by what is read. */
export interface Sayings {
  category: (item: CaseView) => string
  street: (code: string) => string
  department: (id: string) => string
  worker: (id: string) => string
}

type Key = (item: CaseView, say: Sayings) => number | string
const KEYS: Record<Sort, Key> = {
  urgency: (item) => urgencyAt(item),
  newest: (item) => -Date.parse(item.opened_at),
  oldest: (item) => Date.parse(item.opened_at),
  due: (item) => (item.due_at ? Date.parse(item.due_at) : NEVER),
  priority: (item) => RANK[item.priority] * 1e14 + urgencyAt(item),
  number: (item) => item.number,
  category: (item, say) => say.category(item),
  stage: (item) => STAGE_RANK.get(item.stage) ?? 0,
  street: (item, say) => say.street(item.place.street),
  department: (item, say) => say.department(item.department),
  worker: (item, say) => say.worker(item.worker),
}

/** Orders by what is read; all others are by a number. */
const WORDS: ReadonlySet<Sort> = new Set(['number', 'category', 'street', 'department', 'worker'])

/** By what a case is sorted, where that is a number. */
export function numberBy(sort: Sort): ((item: CaseView) => number) | null {
  return WORDS.has(sort) ? null : (KEYS[sort] as (item: CaseView) => number)
}
/** What has a case each, sorted by it; each key is made once. Marked ones (急要件) stand before the others of an order by urgency. */
export function sortBy<T>(all: T[], itemOf: (row: T) => CaseView, sort: Sort, reverse: boolean, say: Sayings): T[] {
  const key = KEYS[sort]
  const memo = new Map<string, string>()
  const cached: Sayings = {
    category: (item) => remember(memo, `c${item.category.code}`, () => say.category(item)),
    street: (code) => remember(memo, `s${code}`, () => say.street(code)),
    department: (id) => remember(memo, `d${id}`, () => say.department(id)),
    worker: (id) => remember(memo, `w${id}`, () => say.worker(id)),
  }
  const rows = all.map((row) => [key(itemOf(row), cached), row] as const)
  const sign = reverse ? -1 : 1
  if (WORDS.has(sort)) {
    const { compare } = new Intl.Collator(undefined, { numeric: true })
    // Few different words, many cases: the words are sorted, the cases by the place of theirs.
    const words = [...new Set(rows.map(([word]) => word as string))].sort(compare)
    const places = new Map(words.map((word, at) => [word, at]))
    rows.sort((a, b) => sign * ((places.get(a[0] as string) ?? 0) - (places.get(b[0] as string) ?? 0)))
  } else rows.sort((a, b) => sign * ((a[0] as number) - (b[0] as number)))
  return rows.map(([, row]) => row)
}
function remember(memo: Map<string, string>, key: string, make: () => string): string {
  let value = memo.get(key)
  if (value === undefined) memo.set(key, (value = make()))
  return value
}

const CODE: Record<Exclude<Group, ''>, (item: CaseView) => string> = {
  street: (item) => item.place.street,
  department: (item) => item.department,
  category: (item) => item.category.code,
  stage: (item) => item.stage,
  worker: (item) => item.worker,
}
export interface Grouped {
  code: string
  ids: string[]
}
/** The cases in groups, each in the order that they came in; the largest group first, but stages in theirs. */
export function groupCases(items: CaseView[], group: Exclude<Group, ''>): Grouped[] {
  const groups = new Map<string, string[]>()
  for (const item of items) {
    const code = CODE[group](item)
    const ids = groups.get(code)
    if (ids) ids.push(item.id)
    else groups.set(code, [item.id])
  }
  const rows = [...groups].map(([code, ids]) => ({ code, ids }))
  if (group === 'stage')
    return rows.sort((a, b) => (STAGE_RANK.get(a.code as Stage) ?? 0) - (STAGE_RANK.get(b.code as Stage) ?? 0))
  return rows.sort((a, b) => Number(!a.code) - Number(!b.code) || b.ids.length - a.ids.length)
}
