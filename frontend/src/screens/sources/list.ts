/** Which sources are shown, and in which order. */
import type { SourceView } from '@/api/types'
import { CONDITIONS, type Condition } from '@/i18n/health'

export interface Filters {
  health: Condition | ''
  feed: string
  kind: string
  area: string
  gateway: string
  critical: boolean
  q: string
}
export const NO_FILTERS: Filters = { health: '', feed: '', kind: '', area: '', gateway: '', critical: false, q: '' }

export const SORTS = ['health', 'name', 'feed', 'heard', 'interval', 'clock', 'errors', 'aside'] as const
export type Sort = (typeof SORTS)[number]
export interface Order {
  by: Sort
  down: boolean
}

const RANK = new Map<string, number>(CONDITIONS.map((condition, rank) => [condition, rank]))
const timeOf = (source: SourceView): number => (source.last_heard_at ? Date.parse(source.last_heard_at) : 0)
/** What a column is sorted by; the largest first unless the column is a name. */
const VALUE: Record<Sort, (source: SourceView) => number | string> = {
  health: (source) => -(RANK.get(source.health) ?? 0),
  name: (source) => source.name.zh || source.name.en,
  feed: (source) => source.feed,
  heard: timeOf,
  interval: (source) => source.interval_s ?? -1,
  clock: (source) => Math.abs(source.clock_offset_s ?? 0),
  errors: (source) => source.errors,
  aside: (source) => source.set_aside,
}

function wordsOf(source: SourceView): string {
  const { id, external_id, name, feed, gateway } = source
  return `${id} ${external_id} ${name.zh} ${name.en} ${feed} ${gateway}`.toLowerCase()
}

/** The sources that fit all filters but that of the condition: what the counts count. */
export function filtered(all: Iterable<SourceView>, filters: Filters): SourceView[] {
  const wanted = filters.q.toLowerCase().split(/\s+/).filter(Boolean)
  const found: SourceView[] = []
  for (const source of all) {
    if (filters.feed && source.feed !== filters.feed) continue
    if (filters.kind && source.kind !== filters.kind) continue
    if (filters.area && source.street !== filters.area && source.community !== filters.area) continue
    if (filters.gateway && source.gateway !== filters.gateway && source.id !== filters.gateway) continue
    if (filters.critical && !source.critical) continue
    if (wanted.length) {
      const text = wordsOf(source)
      if (!wanted.every((word) => text.includes(word))) continue
    }
    found.push(source)
  }
  return found
}

export const hasCondition = (source: SourceView, condition: Condition): boolean =>
  source.conditions.some((each) => each.condition === condition)

export function countConditions(sources: readonly SourceView[]): Record<Condition, number> {
  const counts = Object.fromEntries(CONDITIONS.map((condition) => [condition, 0])) as Record<Condition, number>
  for (const source of sources) for (const each of source.conditions) counts[each.condition as Condition] += 1
  return counts
}

export function sorted(sources: readonly SourceView[], order: Order): SourceView[] {
  const value = VALUE[order.by]
  const sign = order.down ? -1 : 1
  const compare = new Intl.Collator('zh-CN', { numeric: true }).compare
  return [...sources].sort((a, b) => {
    const [one, two] = [value(a), value(b)]
    const difference =
      typeof one === 'string' || typeof two === 'string' ? compare(String(one), String(two)) : one - two
    return difference * sign || compare(a.id, b.id)
  })
}

/** The filters as the address has them, so that a view can be sent to a colleague. */
export function toHash(filters: Filters): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(filters)) if (value) params.set(key, value === true ? '1' : String(value))
  const text = params.toString()
  return text ? `#/?${text}` : ''
}
export function fromHash(hash: string): Filters {
  const params = new URLSearchParams(hash.replace(/^#\/?\??/, ''))
  const text = (name: string): string => params.get(name) ?? ''
  const health = CONDITIONS.find((condition) => condition === text('health')) ?? ''
  return {
    health,
    feed: text('feed'),
    kind: text('kind'),
    area: text('area'),
    gateway: text('gateway'),
    critical: text('critical') === '1',
    q: text('q'),
  }
}
