/**
 * Which cases the console shows and how, as it stands in the address: the names are those of GET /api/v1/cases, so that
 * every figure of the board opens its cases here. Pure.
 */
import type { CaseView } from '@/api/types'
import { ENDED } from '@/api/workflow'
import { type Group, GROUPS, type Sort, SORTS } from './arrange'
import type { Test } from './judged'
import { type Queue, QUEUES, stagesOf } from './queues'

/** Lists: any of these. */
export const LISTS = [
  'stage',
  'district',
  'street',
  'community',
  'category',
  'department',
  'priority',
  'feed',
  'worker',
] as const
export type ListKey = (typeof LISTS)[number]

/** What a table of cases can show; the first ones stand there unless others are chosen. */
export const COLUMNS = [
  'number',
  'priority',
  'category',
  'stage',
  'left',
  'place',
  'department',
  'worker',
  'claimed',
  'opened',
  'due',
  'street',
  'community',
  'feed',
  'events',
  'text',
] as const
export type Column = (typeof COLUMNS)[number]
export const STANDARD_COLUMNS: readonly Column[] = COLUMNS.slice(0, 10)

export type Filters = Record<ListKey, string[]> & {
  queue: Queue
  sort: Sort
  /** The order turned round. */
  reverse: boolean
  group: Group
  layout: 'cards' | 'table'
  columns: Column[]
  overdue: boolean
  q: string
  /** A part of the name or telephone of who reported. */
  person: string
  /** What only the server can answer (spans of time, on_time, source, number ...), as it came in the address. */
  archive: Record<string, string>
}

const ARCHIVE =
  /^(opened|filed|due|handled|closed|settled|reckoned|voided|first_dispatched|accepted|arrived|checked)_(from|to)$|^(on_time|reworked|unanswered|source|number|bbox)$/

/** Names that queues had before; a bookmark of then still opens what it meant. */
const OLD_TABS: Record<string, Queue> = { person: 'accept', queued: 'dispatch' }

export function noFilters(): Filters {
  return {
    queue: 'open',
    sort: 'urgency',
    reverse: false,
    group: '',
    layout: 'cards',
    columns: [...STANDARD_COLUMNS],
    stage: [],
    district: [],
    street: [],
    community: [],
    category: [],
    department: [],
    priority: [],
    feed: [],
    worker: [],
    overdue: false,
    q: '',
    person: '',
    archive: {},
  }
}

const oneOf = <T extends string>(value: string | null, known: readonly T[], otherwise: T): T =>
  known.find((item) => item === value) ?? otherwise

export function readFilters(params: URLSearchParams): Filters {
  const filters = noFilters()
  const tab = params.get('tab') ?? ''
  filters.queue = oneOf(params.get('queue') ?? OLD_TABS[tab] ?? tab, QUEUES, 'open')
  filters.sort = oneOf(params.get('sort'), SORTS, 'urgency')
  filters.reverse = params.get('reverse') === 'true'
  filters.group = oneOf(params.get('group'), GROUPS, '' as never) as Group
  filters.layout = params.get('layout') === 'table' ? 'table' : 'cards'
  const columns = (params.get('columns') ?? '')
    .split(',')
    .filter((name): name is Column => COLUMNS.includes(name as Column))
  if (columns.length) filters.columns = columns
  filters.q = params.get('q') ?? ''
  filters.person = params.get('person') ?? ''
  filters.overdue = params.get('overdue') === 'true'
  for (const key of LISTS) filters[key] = (params.get(key) ?? '').split(',').filter(Boolean)
  filters.stage = filters.stage.filter((stage) => stage !== 'open')
  for (const [key, value] of params) if (ARCHIVE.test(key) && value) filters.archive[key] = value
  if (params.get('overdue') === 'false') filters.archive['overdue'] = 'false'
  return filters
}

/** What narrows the list: the part of the address that the server understands too. */
function writeNarrowing(filters: Filters, params: URLSearchParams): void {
  for (const key of LISTS) if (filters[key].length) params.set(key, filters[key].join(','))
  if (filters.overdue) params.set('overdue', 'true')
  if (filters.q.trim()) params.set('q', filters.q.trim())
  if (filters.person.trim()) params.set('person', filters.person.trim())
  for (const [key, value] of Object.entries(filters.archive)) params.set(key, value)
}

export function writeFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams()
  if (filters.queue !== 'open') params.set('queue', filters.queue)
  if (filters.sort !== 'urgency') params.set('sort', filters.sort)
  if (filters.reverse) params.set('reverse', 'true')
  if (filters.group) params.set('group', filters.group)
  if (filters.layout === 'table') params.set('layout', 'table')
  if (filters.columns.join() !== STANDARD_COLUMNS.join()) params.set('columns', filters.columns.join(','))
  writeNarrowing(filters, params)
  return params
}

/** True when the open cases that we hold cannot answer: the list then comes from the server. */
export const needsServer = (filters: Filters): boolean =>
  Object.keys(filters.archive).length > 0 ||
  filters.person.trim() !== '' ||
  filters.stage.some((stage) => ENDED.has(stage as never))

/** Orders that the server can give; any other is its own. */
const SERVER_SORTS = new Set(['newest', 'oldest', 'due'])

/** The same filters as a query of GET /api/v1/cases. */
export function serverQuery(filters: Filters): Record<string, string> {
  const params = new URLSearchParams()
  writeNarrowing(filters, params)
  if (SERVER_SORTS.has(filters.sort) && filters.sort !== 'newest') params.set('sort', filters.sort)
  return Object.fromEntries(params)
}
/** The filters as the server counts them: without what it has no words for, and of the queue's own stages. */
export function countQuery(filters: Filters): Record<string, string> {
  const query = serverQuery(filters)
  delete query['sort']
  return query
}
/** The first page of a queue as the server would list it, for as long as the live cases are not all here. */
export const queueQuery = (filters: Filters): Record<string, string> => ({
  ...serverQuery(filters),
  ...(filters.stage.length ? {} : { stage: stagesOf(filters.queue) }),
})

/** How many filters are set, the queue, the order and the looks apart. */
export const countFilters = (filters: Filters): number =>
  LISTS.filter((key) => filters[key].length).length +
  Number(filters.overdue) +
  Number(filters.person.trim() !== '') +
  Object.keys(filters.archive).length

const FIELD: Record<ListKey, (item: CaseView) => string> = {
  stage: (item) => item.stage,
  district: (item) => item.place.district,
  street: (item) => item.place.street,
  community: (item) => item.place.community,
  category: (item) => item.category.code,
  department: (item) => item.department,
  priority: (item) => item.priority,
  feed: (item) => item.feed,
  worker: (item) => item.worker,
}

/** A test of one case against everything but the queue. */
export function makeTest(filters: Filters, wordsOf: (item: CaseView) => string): Test {
  const set = LISTS.filter((key) => filters[key].length).map((key) => [FIELD[key], new Set(filters[key])] as const)
  const { overdue } = filters
  const wanted = filters.q.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return (judged) => {
    const { item, light } = judged
    for (const [field, values] of set) if (!values.has(field(item))) return false
    if (overdue && light !== 'red') return false
    if (!wanted.length) return true
    const words = (judged.words ??= wordsOf(item))
    return wanted.every((word) => words.includes(word))
  }
}
