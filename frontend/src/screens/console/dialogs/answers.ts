/** What was filled in for a command, what is missing, and the body it makes. Pure. */
import type { CaseView, Command, Point } from '@/api/types'
import type { Field } from '../forms'

export interface Answers {
  reason: string
  note: string
  worker: string
  category: string
  passed: boolean | null
  point: Point | null
  media: string[]
}

export const emptyAnswers = (name: Command, item: CaseView): Answers => ({
  reason: '',
  note: '',
  worker: '',
  category: name === 'file' ? item.category.code : '',
  passed: name === 'check' ? true : null,
  point: null,
  media: [],
})

const MISSING: Record<string, (answers: Answers) => string> = {
  reason: (answers) => (answers.reason.trim() ? '' : 'needReason'),
  note: (answers) => (answers.note.trim() ? '' : 'needNote'),
  worker: (answers) => (answers.worker ? '' : 'needWorker'),
  category: (answers) => (answers.category ? '' : 'needCategory'),
  place: (answers) => (answers.point ? '' : 'needPlace'),
}

/** The word key of the first thing that is missing, "" where all is there. A failed check needs words for the worker. */
export function findMissing(fields: Field[], answers: Answers): string {
  const required = fields.filter((field) => field.required).map((field) => MISSING[field.kind]?.(answers) ?? '')
  const failed = fields.some((field) => field.kind === 'passed') && answers.passed === false
  return [...required, failed && !answers.note.trim() ? 'needReason' : ''].find(Boolean) ?? ''
}

const BODY: Record<Field['kind'], (answers: Answers, item: CaseView) => Record<string, unknown>> = {
  reason: ({ reason }) => (reason.trim() ? { reason: reason.trim() } : {}),
  note: ({ note }) => (note.trim() ? { note: note.trim() } : {}),
  worker: ({ worker }) => (worker ? { worker } : {}),
  category: ({ category }, item) => (category && category !== item.category.code ? { category } : {}),
  passed: ({ passed }) => ({ passed: passed ?? true }),
  place: ({ point }) => (point ? { lon: point[0], lat: point[1] } : {}),
  media: ({ media }) => (media.length ? { media } : {}),
}

export const toData = (fields: Field[], answers: Answers, item: CaseView): Record<string, unknown> =>
  Object.assign({}, ...fields.map((field) => BODY[field.kind](answers, item))) as Record<string, unknown>
