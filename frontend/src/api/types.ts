/**
 * Shapes of `/api/v1`: those that `npm run gen` makes from the server's OpenAPI description, with the closed sets of words
 * that it only calls strings. Positions are [lon, lat]; times RFC 3339.
 */
import type { components } from './schema'
import type { Command, Stage, Workflow } from './workflow'

export { COMMANDS, STAGES } from './workflow'
export type { Command, Stage } from './workflow'

type Made = components['schemas']
/** `T` with some fields told more exactly. Does not compile once the server has no such field, or another kind of value in it. */
type Exact<T, More extends { [K in keyof More]: K extends keyof T ? T[K] : never }> = Omit<T, keyof More> & More

export type Point = Made['LonLat']
export type Words = Made['Names']
export type Because = Made['Ground']

export const PRIORITIES = ['critical', 'urgent', 'general'] as const
export type Priority = (typeof PRIORITIES)[number]
export type Light = 'green' | 'yellow' | 'red' | 'none'
export type Basis = 'coordinates' | 'source' | 'gazetteer' | 'component' | 'person' | 'none'

export type Place = Exact<Made['PlaceView'], { basis: Basis }>

type Row = Exact<
  Omit<Made['CaseRow'], keyof Workflow>,
  { stage: Stage; priority: Priority; light: Light; place: Place }
>
/** One case as the lists, the snapshot and the panel show it. `version` goes into If-Match. */
export type CaseView = Row & Workflow

/** A case for one who looks at it: what he may do with it now, and why it is as it is. */
export type CaseDetail = CaseView & { allowed_commands: Command[]; because: Because[] }

export type CaseEvent = Exact<Made['EventView'], { phase: 'open' | 'update' | 'close' | 'pulse' | 'sync' }>
export type WorkerView = Made['WorkerView']
export type SourceView = Made['SourceView']
export type AreaView = Made['AreaView']
export type CategoryView = Exact<Made['CategoryView'], { priority: Priority }>
export type DepartmentView = Made['DepartmentView']
export type CityView = Exact<Made['CityView'], { categories: CategoryView[] }>
/** A phrase that the city offers where people write. */
export type Template = Made['TemplateView']
export type FoundPlace = Made['FoundPlace']

export type Role =
  | 'collector'
  | 'acceptor'
  | 'leader'
  | 'dispatcher'
  | 'department_dispatcher'
  | 'worker'
  | 'supervisor'
  | 'admin'
  | 'auditor'
  | 'integration'
export type Me = Exact<Made['Me'], { role: Role }>

/** What has become of a citizen's report. `stage` is "received" until the desk has read it. */
export type FollowView = Exact<
  Made['FollowView'],
  { stage: Stage | 'received'; timeline: Exact<Made['TimelineItem'], { stage: Stage | 'received' }>[] }
>

/** A figure of the board, with the list of exactly the cases behind it. */
export type Figure = Made['Figure']
export type Overview = Made['Overview']
export type Media = Made['Picture']

export type Way = Made['Way']

/** One call as the telephone system has told of it; the number masked where `masked`. */
export type CallView = Exact<Made['CallView'], { state: 'ringing' | 'answered' | 'ended' | 'missed' }>
export type CallerView = Omit<Made['CallerView'], 'reports'> & {
  reports: (Omit<Made['EarlierView'], 'case'> & { case: CaseView | null })[]
}
export type HotlineDesk = Omit<Made['DeskView'], 'live' | 'missed'> & { live: CallView[]; missed: CallView[] }
export type PlaceHit = Made['PlaceHit']
/** What the caller is told: his number; and his case, once the desk has read what he said. */
export type Taken = Omit<Made['TakenDown'], 'case'> & { case: CaseView | null }
export type Callback = Omit<Made['CallbackView'], 'case'> & { case: CaseView }
export type Callbacks = { items: Callback[]; figures: Record<string, Figure> }

/** A view of the console that somebody keeps: a name for a query of its address. */
export type SavedView = Made['ViewRow']
export type Colleague = Made['Colleague']
export type Mention = Made['MentionView']
/** How many open cases are in a stage, and how many of them are over their limit. */
export type StageCount = Made['StageCount']
export type SimilarCase = Omit<Made['SimilarCase'], 'case'> & { case: CaseView }

export interface Page<T> {
  /** How many there are in all, where it was asked for. */
  total?: number | null
  items: T[]
  next: string | null
}
