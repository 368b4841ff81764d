/** The rules of what waits to be sent: which is next, and what an error means for it. Pure. */
import { ApiProblem, Unreachable } from '@/api/client'
import type { Words } from '@/api/types'
import type { Asked } from './steps'

export interface Photo {
  key: string
  blob: Blob | null
  /** Its id once the server has it. */
  id: string
}

export interface Op extends Asked {
  /** Idempotency-Key: however often it is sent, it happens once. */
  key: string
  number: string
  title: Words
  data: Record<string, unknown>
  photos: Photo[]
  state: 'waiting' | 'sending' | 'sent' | 'failed'
  tries: number
  /** Why it failed, in the words of the language it failed in. */
  problem: string
  sentAt: string
}

/** later: the line or the server; login: nobody is logged in; failed: the server's last word. */
export type Verdict = 'later' | 'login' | 'failed'

/** 409 that only says "not yet answered". */
const IN_PROGRESS = 'request-in-progress'

export function judge(error: unknown): Verdict {
  if (error instanceof Unreachable) return 'later'
  if (!(error instanceof ApiProblem)) return 'failed'
  if (error.status === 401) return 'login'
  const passing = error.status >= 500 || error.status === 429 || error.status === 408 || error.kind === IN_PROGRESS
  return passing ? 'later' : 'failed'
}

/** The oldest that may go. After a failure of a case, what was asked later for it waits for the worker's decision. */
export function nextOp(ops: Op[]): Op | null {
  const stuck = new Set(ops.filter(({ state }) => state === 'failed').map(({ caseId }) => caseId))
  return byAge(ops).find(({ state, caseId }) => state === 'waiting' && !stuck.has(caseId)) ?? null
}

export const byAge = (ops: Op[]): Op[] => [...ops].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))

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
