/** Shapes of `/api/v1`, as docs/generated/openapi.json describes them. Positions are [lon, lat]; times RFC 3339. */

export type Point = [number, number]
export interface Words {
  zh: string
  en: string
}
export interface Because extends Words {
  rule: string
}

export const STAGES = [
  'reported',
  'filed',
  'dispatched',
  'accepted',
  'arrived',
  'handled',
  'checked',
  'closed',
  'void',
] as const
export type Stage = (typeof STAGES)[number]
export const PRIORITIES = ['critical', 'urgent', 'general'] as const
export type Priority = (typeof PRIORITIES)[number]
export type Light = 'green' | 'yellow' | 'red' | 'none'
export type Basis = 'coordinates' | 'source' | 'gazetteer' | 'component' | 'person' | 'none'

export interface Place {
  lon: number | null
  lat: number | null
  accuracy_m: number | null
  district: string
  street: string
  community: string
  grid: string
  address: string
  component: string
  basis: Basis
  inside: boolean
}

/** One case as the lists, the snapshot and the panel show it. `version` goes into If-Match. */
export interface CaseView {
  id: string
  number: string
  stage: Stage
  version: number
  category: { code: string; name: Words }
  priority: Priority
  severity: number
  place: Place
  department: string
  worker: string
  task_id: string
  feed: string
  source: string
  text: string
  media: string[]
  reporter: boolean
  waiting: string
  events: number
  attempts: number
  reworks: number
  reminders: number
  overdue: boolean
  cleared: boolean
  on_time: boolean | null
  opened_at: string
  last_event_at: string
  due_at: string | null
  warn_at: string | null
  light: Light
  filed_at: string | null
  dispatched_at: string | null
  accepted_at: string | null
  departed_at: string | null
  arrived_at: string | null
  handled_at: string | null
  checked_at: string | null
  closed_at: string | null
}

export interface CaseDetail extends CaseView {
  allowed_commands: Command[]
  because: Because[]
}

export const COMMANDS = [
  'file',
  'void',
  'dispatch',
  'reassign',
  'accept',
  'decline',
  'depart',
  'arrive',
  'report_handled',
  'check',
  'rework',
  'close',
  'note',
  'remind',
  'reclassify',
  'relocate',
] as const
export type Command = (typeof COMMANDS)[number]

export interface CaseEvent {
  id: string
  feed: string
  source: string
  observed_at: string
  received_at: string
  phase: 'open' | 'update' | 'close' | 'pulse' | 'sync'
  severity: number
  confidence: number | null
  text: string
  media: string[]
  attributes: Record<string, string | number | boolean | null>
}

export interface WorkerView {
  id: string
  name: Words
  department: string
  skills: string[]
  areas: string[]
  shift: string
  on_duty: boolean
  point: Point | null
  at?: string | null
  open_tasks: number
  username?: string | null
}

export interface SourceView {
  id: string
  feed: string
  kind: string
  name: Words
  external_id: string
  point: Point | null
  state: 'live' | 'silent' | 'lost' | 'never'
  last_heard_at: string | null
  heading_deg: number | null
  view_deg: number | null
  range_m: number | null
  kinds: string[]
}

export interface AreaView {
  code: string
  name: Words
  parent: string
  center?: Point | null
}
export interface CategoryView {
  code: string
  name: Words
  kind: string
  major: Words
  priority: Priority
}
export interface DepartmentView {
  id: string
  name: Words
  trade?: string
}

export interface CityView {
  id: string
  name: Words
  notice: Words
  center: Point
  bbox: [number, number, number, number]
  timezone: string
  areas: { districts: AreaView[]; streets: AreaView[]; communities: AreaView[] }
  departments: DepartmentView[]
  categories: CategoryView[]
  basemap: string | null
  demo?: boolean
}

export type Role =
  | 'collector'
  | 'acceptor'
  | 'leader'
  | 'dispatcher'
  | 'worker'
  | 'supervisor'
  | 'admin'
  | 'integration'

export interface Me {
  username: string
  role: Role
  name: Words
  worker_id: string
  department: string
  area: string
  permissions: string[]
}

export interface FoundPlace {
  name: Words
  kind: string
  point: Point
  accuracy_m: number | null
}

/** A figure of the board, with the list of exactly the cases behind it. */
export interface Figure {
  value: number | null
  link: string
}

export interface Overview {
  from: string
  to: string
  cells: Record<string, Figure | Record<string, Figure>>
  definitions: Record<string, Words>
}

export interface Media {
  id: string
  url: string
  thumbnail_url: string
  width: number
  height: number
}

export interface Page<T> {
  /** How many there are in all, where it was asked for. */
  total?: number | null
  items: T[]
  next: string | null
}
