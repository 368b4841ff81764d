/** The rules of what waits to be sent: which is next, what is sent, and what an error means for it. Pure. */
import { ApiProblem, Unreachable } from '@/api/client'
import type { Words } from '@/api/types'
import type { Asked } from './steps'

/** A picture or a voice that goes along. */
export interface Attachment {
  key: string
  blob: Blob | null
  /** Its id once the server has it. */
  id: string
  /** Which field of the command it belongs to; `media` where none is named. */
  field?: 'media' | 'before'
}

export interface Op extends Asked {
  /** Idempotency-Key: however often it is sent, it happens once. */
  key: string
  number: string
  title: Words
  data: Record<string, unknown>
  photos: Attachment[]
  /** kept: it could not be done any more, and lies in the case as a note. */
  state: 'waiting' | 'sending' | 'sent' | 'failed' | 'kept'
  tries: number
  /** Why it failed, in the words of the language it failed in. */
  problem: string
  sentAt: string
  /** When it was asked for by this phone's own clock, which may be wrong. */
  atMs?: number
  /** What was sent the first time: the same key must always come with the same content. */
  body?: Record<string, unknown>
  /** The words under which it goes into the case as a note, since it could not be done. */
  late?: string
}

/** later: the line or the server; login: nobody is logged in; lost: the case has gone on; failed: the last word. */
export type Verdict = 'later' | 'login' | 'lost' | 'failed'

/** 409 that only says "not yet answered". */
const IN_PROGRESS = 'request-in-progress'
const LOST: ReadonlySet<number> = new Set([403, 404, 409, 412])

export function judge(error: unknown): Verdict {
  if (error instanceof Unreachable) return 'later'
  if (!(error instanceof ApiProblem)) return 'failed'
  if (error.status === 401 || error.kind === 'csrf-failed') return 'login'
  const passing = error.status >= 500 || error.status === 429 || error.status === 408 || error.kind === IN_PROGRESS
  if (passing) return 'later'
  return LOST.has(error.status) ? 'lost' : 'failed'
}

export const isStep = ({ command }: Asked): boolean => command !== 'note' && command !== 'finding'

/** The oldest that may go. After a failure of a case, the steps asked later for it wait for the worker's decision. */
export function nextOp(ops: Op[]): Op | null {
  const stuck = new Set(ops.filter((op) => op.state === 'failed' && isStep(op)).map(({ caseId }) => caseId))
  return byAge(ops).find((op) => op.state === 'waiting' && !(isStep(op) && stuck.has(op.caseId))) ?? null
}

export const byAge = <T extends { at: string }>(ops: T[]): T[] =>
  [...ops].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))

/** Steps that may be told later than they were done. */
const TIMED: ReadonlySet<string> = new Set(['accept', 'decline', 'depart', 'arrive', 'leave', 'report_handled'])
/** The server takes no step that was done longer ago. */
const TOLD_WITHIN_MS = 72 * 3_600_000

/** What is sent: the fields, the ids of what went before, and when it was done by the server's clock (null: not known). */
export function bodyOf(op: Op, offsetMs: number | null, nowMs: number): Record<string, unknown> {
  const ids = (field: 'media' | 'before'): string[] =>
    op.photos.filter((each) => (each.field ?? 'media') === field && each.id).map(({ id }) => id)
  const [media, before] = [ids('media'), ids('before')]
  const isTimed = TIMED.has(op.command) && op.atMs !== undefined && offsetMs !== null
  const ageMs = nowMs - (op.atMs ?? nowMs)
  return {
    ...op.data,
    ...(media.length && { media }),
    ...(before.length && { before }),
    ...(isTimed &&
      ageMs >= 0 &&
      ageMs < TOLD_WITHIN_MS && { happened_at: new Date((op.atMs ?? 0) + (offsetMs ?? 0)).toISOString() }),
  }
}

/** The op that could not be done, and the steps that were built upon it. */
export const chainOf = (ops: Op[], op: Op): Op[] =>
  byAge(ops).filter(
    (each) =>
      each.key === op.key ||
      (each.caseId === op.caseId && each.state === 'waiting' && isStep(each) && !each.late && each.at >= op.at),
  )
/** Words of the worker in what he asked for. */
export const wordsOf = ({ data }: Op): string => String(data['note'] ?? data['reason'] ?? '').trim()
/** Whether there is anything in it that must not be lost. */
export const isWorthKeeping = (op: Op): boolean =>
  op.command === 'report_handled' || op.photos.length > 0 || wordsOf(op) !== ''

/** Pictures of one note. */
export const NOTE_MEDIA_MAX = 10
export function pagesOf<T>(items: T[], size: number): T[][] {
  const pages: T[][] = []
  for (let at = 0; at < items.length; at += size) pages.push(items.slice(at, at + size))
  return pages.length ? pages : [[]]
}

/** Sent ones are kept for the worker to see, this many and this long. */
const KEPT = 30
const KEPT_MS = 12 * 3_600_000

/** Those sent ones that need not be kept any longer. */
export const worn = (ops: Op[], nowMs: number): Op[] =>
  byAge(ops.filter(({ state }) => state === 'sent'))
    .reverse()
    .filter(({ sentAt }, index) => index >= KEPT || nowMs - Date.parse(sentAt) > KEPT_MS)

const FIRST_MS = 2_000
const LONGEST_MS = 30_000
export const pauseMs = (tries: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 6))
