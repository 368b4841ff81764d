/**
 * Which cases the console shows, as it stands in the address: the names are those of GET /api/v1/cases, so that every
 * figure of the board opens its cases here. Pure.
 */
import type { CaseView, Light, Role, Stage } from '@/api/types'

export const TABS = ['open', 'person', 'queued', 'doing', 'check', 'overdue', 'mine'] as const
export type Tab = (typeof TABS)[number]
export const SORTS = ['urgency', 'newest', 'priority'] as const
export type Sort = (typeof SORTS)[number]

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

export type Filters = Record<ListKey, string[]> & {
  tab: Tab
  sort: Sort
  overdue: boolean
  q: string
  /** What only the server can answer (spans of time, on_time, source, number ...), as it came in the address. */
  archive: Record<string, string>
}

const ARCHIVE =
  /^(opened|filed|due|handled|closed|settled|reckoned|voided|first_dispatched|accepted|arrived|checked)_(from|to)$|^(on_time|reworked|source|number|bbox)$/
const ENDED: ReadonlySet<string> = new Set(['closed', 'void'])

/** Which stages wait for whom: "mine" is what my role must move next. */
const NEXT_FOR: Partial<Record<Role, ReadonlySet<Stage>>> = {
  acceptor: new Set<Stage>(['reported']),
  dispatcher: new Set<Stage>(['filed']),
  collector: new Set<Stage>(['handled']),
  leader: new Set<Stage>(['reported', 'checked']),
}

export interface Viewpoint {
  light: Light
  role: Role
}

type Test = (item: CaseView, view: Viewpoint) => boolean
const TAB_TESTS: Record<Tab, Test> = {
  open: (item) => !ENDED.has(item.stage),
  person: (item) => item.stage === 'reported',
  queued: (item) => item.stage === 'filed',
  doing: (item) => item.stage === 'dispatched' || item.stage === 'accepted' || item.stage === 'arrived',
  check: (item) => item.stage === 'handled' || item.stage === 'checked',
  overdue: (item, { light }) => light === 'red' && !ENDED.has(item.stage) && item.handled_at === null,
  mine: (item, { role }) => NEXT_FOR[role]?.has(item.stage) ?? item.overdue,
}
export const inTab = (tab: Tab, item: CaseView, view: Viewpoint): boolean => TAB_TESTS[tab](item, view)

export function noFilters(): Filters {
  return {
    tab: 'open',
    sort: 'urgency',
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
    archive: {},
  }
}

const oneOf = <T extends string>(value: string | null, known: readonly T[], otherwise: T): T =>
  known.find((item) => item === value) ?? otherwise

export function readFilters(params: URLSearchParams): Filters {
  const filters = noFilters()
  filters.tab = oneOf(params.get('tab'), TABS, 'open')
  filters.sort = oneOf(params.get('sort'), SORTS, 'urgency')
  filters.q = params.get('q') ?? ''
  filters.overdue = params.get('overdue') === 'true'
  for (const key of LISTS) filters[key] = (params.get(key) ?? '').split(',').filter(Boolean)
  filters.stage = filters.stage.filter((stage) => stage !== 'open')
  for (const [key, value] of params) if (ARCHIVE.test(key) && value) filters.archive[key] = value
  if (params.get('overdue') === 'false') filters.archive['overdue'] = 'false'
  return filters
}

export function writeFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams()
  if (filters.tab !== 'open') params.set('tab', filters.tab)
  if (filters.sort !== 'urgency') params.set('sort', filters.sort)
  for (const key of LISTS) if (filters[key].length) params.set(key, filters[key].join(','))
  if (filters.overdue) params.set('overdue', 'true')
  if (filters.q.trim()) params.set('q', filters.q.trim())
  for (const [key, value] of Object.entries(filters.archive)) params.set(key, value)
  return params
}

/** True when the open cases that we hold cannot answer: the list then comes from the server. */
export const needsServer = (filters: Filters): boolean =>
  Object.keys(filters.archive).length > 0 || filters.stage.some((stage) => ENDED.has(stage))

/** The same filters as a query of GET /api/v1/cases. */
export function serverQuery(filters: Filters): Record<string, string> {
  const params = writeFilters({ ...filters, tab: 'open', sort: 'urgency' })
  return Object.fromEntries(params)
}

/** How many filters are set, the tab and the order apart. */
export const countFilters = (filters: Filters): number =>
  LISTS.filter((key) => filters[key].length).length + Number(filters.overdue) + Object.keys(filters.archive).length

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

/** A test of one case against everything but the tab. */
export function makeTest(filters: Filters, wordsOf: (item: CaseView) => string): Test {
  const set = LISTS.filter((key) => filters[key].length).map((key) => [FIELD[key], new Set(filters[key])] as const)
  const { overdue } = filters
  const words = filters.q.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return (item, { light }) => {
    for (const [field, wanted] of set) if (!wanted.has(field(item))) return false
    if (overdue && light !== 'red') return false
    if (!words.length) return true
    const text = wordsOf(item)
    return words.every((word) => text.includes(word))
  }
}
