/** The words of the workflow: stages, commands, and what stands beside a case's stage (dispatch/stages.py, dispatch/record.py). */

export const STAGES = [
  'reported',
  'verifying',
  'pending_filing',
  'self_handled',
  'reopened',
  'filed',
  'dispatched',
  'rework',
  'accepted',
  'arrived',
  'return_requested',
  'extension_requested',
  'suspension_requested',
  'suspended',
  'coordinating',
  'handled',
  'checking',
  'checked',
  'closed',
  'forced_closed',
  'not_filed',
  'merged',
  'void',
] as const
export type Stage = (typeof STAGES)[number]

/** The case has ended: no clock runs and nobody has it. */
export const ENDED: ReadonlySet<Stage> = new Set(['closed', 'forced_closed', 'not_filed', 'merged', 'void'])
/** On a worker's phone, not accepted yet. */
export const SENT: ReadonlySet<Stage> = new Set(['dispatched', 'rework'])
/** The handler has asked for something and has the task still. */
export const ASKING: ReadonlySet<Stage> = new Set(['return_requested', 'extension_requested', 'suspension_requested'])
/** A worker has it. */
export const BUSY: ReadonlySet<Stage> = new Set([...SENT, 'accepted', 'arrived', ...ASKING])

export const COMMANDS = [
  'accept',
  'verify',
  'report_verified',
  'file',
  'decline',
  'void',
  'merge',
  'self_handle',
  'dispatch',
  'reassign',
  'assist',
  'release_assist',
  'acknowledge',
  'depart',
  'arrive',
  'leave',
  'hand_over',
  'report_handled',
  'return',
  'request_extension',
  'request_suspension',
  'withdraw_request',
  'grant',
  'refuse',
  'suspend',
  'resume',
  'coordinate',
  'settle',
  'split',
  'send_to_check',
  'check',
  'rework',
  'close',
  'force_close',
  'reopen',
  'remind',
  'supervise',
  'unsupervise',
  'mark',
  'reply',
  'note',
  'claim',
  'release',
  'undo',
  'reclassify',
  'relocate',
  'set_priority',
] as const
export type Command = (typeof COMMANDS)[number]

export type RequestKind = 'return' | 'extension' | 'suspension'
/** What the handler asks for and nobody has answered. `amount` is in the unit of the case's limit. */
export interface CaseRequest {
  kind: RequestKind
  by: string
  at: string
  reason: string
  amount?: number | null
  review_at?: string | null
  media?: string[]
}
/** One who goes along with the worker whose task it is. `ended_at` is when he left, declined or was called back. */
export interface Assist {
  task_id: string
  worker: string
  department: string
  dispatched_at: string
  accepted_at?: string | null
  departed_at?: string | null
  arrived_at?: string | null
  left_at?: string | null
  ended_at?: string | null
}
export interface Supervision {
  by: string
  at: string
  note?: string
  due_at?: string | null
}
/** A span in which the handling clock stood still; `to` is null while it does. */
export interface Stop {
  from: string
  to: string | null
  why: string
}
/** One step of what happens while nobody accepts a task. */
export interface ChainStep {
  at: string
  action: string
  target?: string
}
export interface Chain {
  steps: ChainStep[]
  next: number | null
}

/** What stands beside the stage. */
export interface Workflow {
  held: Stage | null
  stage_since: string | null
  stage_due_at: string | null
  warned: number
  request: CaseRequest | null
  review_at: string | null
  stopped: Stop[]
  extensions: number
  returns: number
  suspensions: number
  urgent: boolean
  key_case: boolean
  supervised: Supervision | null
  claimed_by: string
  claimed_at: string | null
  assists: Assist[]
  parent: string
  children: string[]
  merged: string[]
  merged_into: string
  chain: Chain | null
  verifier: string
}

/** A case without any of it: what a server that does not tell a field means by that. */
export const NO_WORKFLOW: Readonly<Workflow> = {
  held: null,
  stage_since: null,
  stage_due_at: null,
  warned: 0,
  request: null,
  review_at: null,
  stopped: [],
  extensions: 0,
  returns: 0,
  suspensions: 0,
  urgent: false,
  key_case: false,
  supervised: null,
  claimed_by: '',
  claimed_at: null,
  assists: [],
  parent: '',
  children: [],
  merged: [],
  merged_into: '',
  chain: null,
  verifier: '',
}
