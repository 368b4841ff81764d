/** What was filled in for a command, what is missing, and the body it makes. Pure. */
import type { CaseView, Command, Point, Priority } from '@/api/types'
import type { Field, FieldKind } from '../forms'

export interface Answers {
  reason: string
  note: string
  text: string
  worker: string
  collector: string
  category: string
  passed: boolean | null
  real: boolean | null
  point: Point | null
  media: string[]
  before: string[]
  after: string[]
  amount: string
  /** Local wall-clock time as the browser's own field gives it: 2026-03-01T09:30. */
  review_at: string
  due_at: string
  priority: Priority | ''
  lead: string
  department: string
  assisting: string[]
  into: string
  urgent: boolean
  key_case: boolean
  mentions: string[]
}

/** An instant in the form of `<input type="datetime-local">`, in this computer's zone. */
export function localInput(ms: number): string {
  const at = new Date(ms)
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
const DAY_MS = 86_400_000

export const emptyAnswers = (name: Command, item: CaseView, nowMs = Date.now()): Answers => ({
  reason: '',
  note: '',
  text: '',
  worker: name === 'release_assist' ? (item.assists?.find((each) => !each.ended_at)?.worker ?? '') : '',
  collector: '',
  category: name === 'file' || name === 'accept' ? item.category.code : '',
  passed: name === 'check' ? true : null,
  real: name === 'report_verified' ? true : null,
  point: null,
  media: [],
  before: [],
  after: [],
  amount: '1',
  review_at: name === 'suspend' || name === 'request_suspension' ? localInput(nowMs + 7 * DAY_MS) : '',
  due_at: '',
  priority: name === 'set_priority' ? item.priority : '',
  lead: name === 'settle' ? item.department : '',
  department: '',
  assisting: [],
  into: '',
  urgent: item.urgent ?? false,
  key_case: item.key_case ?? false,
  mentions: [],
})

const MISSING: Partial<Record<FieldKind, (answers: Answers) => string>> = {
  reason: (answers) => (answers.reason.trim() ? '' : 'needReason'),
  note: (answers) => (answers.note.trim() ? '' : 'needNote'),
  worker: (answers) => (answers.worker ? '' : 'needWorker'),
  category: (answers) => (answers.category ? '' : 'needCategory'),
  place: (answers) => (answers.point ? '' : 'needPlace'),
  before: (answers) => (answers.before.length ? '' : 'needBefore'),
  after: (answers) => (answers.after.length ? '' : 'needAfter'),
  amount: (answers) => (Number(answers.amount) > 0 ? '' : 'needAmount'),
  review_at: (answers) => (Date.parse(answers.review_at) ? '' : 'needReview'),
  priority: (answers) => (answers.priority ? '' : 'needPriority'),
  lead: (answers) => (answers.lead ? '' : 'needDepartment'),
  department: (answers) => (answers.department ? '' : 'needDepartment'),
  into: (answers) => (answers.into.trim() ? '' : 'needCase'),
}

/** The word key of the first thing that is missing, "" where all is there. A failed check needs words for the worker. */
export function findMissing(fields: Field[], answers: Answers): string {
  const required = fields.filter((field) => field.required).map((field) => MISSING[field.kind]?.(answers) ?? '')
  const asks = (kind: FieldKind): boolean => fields.some((field) => field.kind === kind)
  const failed = (asks('passed') && answers.passed === false) || (asks('real') && answers.real === false)
  return [...required, failed && !answers.note.trim() ? 'needReason' : ''].find(Boolean) ?? ''
}

const instant = (local: string): string | undefined => (local ? new Date(local).toISOString() : undefined)
const filled = (key: string, value: string): Record<string, unknown> => (value.trim() ? { [key]: value.trim() } : {})
const listed = (key: string, value: string[]): Record<string, unknown> => (value.length ? { [key]: value } : {})

const BODY: Record<FieldKind, (answers: Answers, item: CaseView) => Record<string, unknown>> = {
  reason: ({ reason }) => filled('reason', reason),
  note: ({ note }) => filled('note', note),
  text: ({ text }) => filled('text', text),
  worker: ({ worker }) => filled('worker', worker),
  collector: ({ collector }) => filled('worker', collector),
  category: ({ category }, item) => (category && category !== item.category.code ? { category } : {}),
  passed: ({ passed }) => ({ passed: passed ?? true }),
  real: ({ real }) => ({ real: real ?? true }),
  place: ({ point }) => (point ? { lon: point[0], lat: point[1] } : {}),
  media: ({ media }) => listed('media', media),
  before: ({ before }) => listed('before', before),
  after: ({ after }) => listed('after', after),
  amount: ({ amount }) => ({ amount: Number(amount) }),
  review_at: ({ review_at: at }) => ({ review_at: instant(at) }),
  due_at: ({ due_at: at }) => (at ? { due_at: instant(at) } : {}),
  priority: ({ priority }) => ({ priority }),
  lead: ({ lead }) => ({ lead }),
  department: ({ department }) => ({ department }),
  assisting: ({ assisting }) => listed('assisting', assisting),
  into: ({ into }) => filled('into', into),
  marks: ({ urgent, key_case: key }) => ({ urgent, key_case: key }),
  mentions: ({ mentions }) => listed('mentions', mentions),
}

export const toData = (fields: Field[], answers: Answers, item: CaseView): Record<string, unknown> =>
  Object.assign({}, ...fields.map((field) => BODY[field.kind](answers, item))) as Record<string, unknown>
