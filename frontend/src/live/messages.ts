/** The frames of `/ws/live` (docs/live-protocol.md). */
import type { CallView, CaseView, Overview, Point, Priority, WorkerView } from '@/api/types'
import type { FactEntry } from './facts'

export type { Candidate, FactEntry, FactKind, FactOf, FactPlace, FactTable } from './facts'

export type Topic = 'cases' | 'workers' | 'tasks' | 'metrics' | 'calls'

export interface Snapshot {
  type: 'snapshot'
  seq: number
  now: string
  cases?: CaseView[]
  tasks?: CaseView[]
  workers?: WorkerView[]
  metrics?: Overview
  /** Only where it comes in parts: how many cases follow of each topic. */
  parts?: Partial<Record<'cases' | 'tasks', number>>
}
/** Some cases of a snapshot that comes in parts: a row has a value for each of the columns. */
export interface Part {
  type: 'part'
  of: 'cases' | 'tasks'
  left: number
  columns: string[]
  rows: unknown[][]
}
export interface Positions {
  type: 'positions'
  workers: { id: string; point: Point; at: string }[]
}

/** What the escalation or the limits have to say to this user. The same `seqs` may come twice. */
export interface Notice {
  seqs: number[]
  kind: 'chain' | 'limit' | 'digest'
  priority: Priority
  at: string
  percent: number
  cases: { id: string; number: string; category: string; address: string; worker: string }[]
}

export type Frame =
  | Snapshot
  | Part
  | Positions
  | { type: 'facts'; facts: FactEntry[] }
  | { type: 'heartbeat'; seq: number; now?: string }
  | { type: 'resync'; reason: string }
  | { type: 'metrics'; overview: Overview }
  | { type: 'city'; version: number }
  | { type: 'notices'; notices: Notice[] }
  | { type: 'call'; call: CallView }
  | { type: 'error'; reason: string }
