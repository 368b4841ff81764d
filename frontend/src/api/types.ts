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
export type OwnData = Made['OwnData']
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
/** One message between who reported a case and the office. */
export type CaseMessage = Made['CaseMessage']
export type WorkerView = Made['WorkerView']
export type SourceView = Made['SourceView']
export type AreaView = Made['AreaView']
export type CategoryView = Exact<Made['CategoryView'], { priority: Priority }>
export type DepartmentView = Made['DepartmentView']
export type CityView = Exact<Made['CityView'], { categories: CategoryView[] }>
/** A phrase that the city offers where people write. */
export type Template = Made['TemplateView']
export type FoundPlace = Made['FoundPlace']
/** What is asked of who reports a category; an open case near his pin; a part that it may be. */
export type AskedQuestion = Exact<
  Made['AskedQuestion'],
  { kind: 'string' | 'text' | 'number' | 'datetime' | 'singlevaluelist' | 'multivaluelist' | 'notice' | 'stop' }
>
export type NearCase = Made['NearCase']
export type Part = Made['PartNear']
/** Categories that some words may mean; `beside_us` where they are surely no matter of the city's desk. */
export type Suggestions = Made['Suggestions']

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

/** What who reported may do by his private link. */
export type ReportAct = 'write' | 'rate' | 'reopen' | 'withdraw' | 'redact'
/** Where who reported is told what becomes of it. */
export type ReportContacts = Made['ContactsView']
/** What has become of a citizen's report. `stage` is "received" until the desk has read it. */
export type FollowView = Exact<
  Made['FollowView'],
  { stage: Stage | 'received'; acts: Exact<Made['ActView'], { name: ReportAct }>[] }
>

type PublicStage = { stage: Stage | 'received'; state: 'open' | 'closed' }
/** A case as everybody may see it. */
export type PublicRow = Exact<Made['PublicRow'], PublicStage>
export type PublicCase = Exact<
  Made['PublicView'],
  PublicStage & { timeline: Exact<Made['TimelineItem'], { stage: Stage | 'received' }>[] }
>
export type PublicMap = Made['PublicMap']
/** How this server can tell somebody of something, and that it will. */
export type WaysToTell = Made['TellingWays']
export type Followed = Made['Followed']
/** Parts that labels can be printed for. */
export type LabelPage = Made['LabelPage']

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
