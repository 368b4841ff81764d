/** What each command asks of the person who gives it. One row per command; keys of the body are those of the API. */
import type { Command, Stage, Words } from '@/api/types'
import type { IconName } from '@/ui/Icon.vue'

export type FieldKind =
  | 'reason'
  | 'note'
  | 'worker'
  | 'collector'
  | 'category'
  | 'passed'
  | 'real'
  | 'place'
  | 'media'
  | 'before'
  | 'after'
  | 'amount'
  | 'review_at'
  | 'due_at'
  | 'priority'
  | 'lead'
  | 'department'
  | 'assisting'
  | 'into'
  | 'marks'
  | 'mentions'
  | 'text'
export interface Field {
  kind: FieldKind
  required?: boolean
}
export interface CommandForm {
  icon: IconName
  fields: Field[]
  tone?: 'primary' | 'danger'
  /** A key of the keyboard, told in the button's tooltip. */
  key?: string
}

const need = (kind: FieldKind): Field => ({ kind, required: true })
const may = (kind: FieldKind): Field => ({ kind })

export const FORMS: Record<Command, CommandForm> = {
  accept: { icon: 'check', fields: [may('category'), may('note')], tone: 'primary', key: 'E' },
  verify: { icon: 'search', fields: [may('collector'), may('note')], key: 'V' },
  report_verified: { icon: 'check', fields: [need('real'), may('note'), may('media')], tone: 'primary', key: 'V' },
  file: { icon: 'flag', fields: [may('category')], tone: 'primary', key: 'F' },
  dispatch: { icon: 'send', fields: [may('worker')], tone: 'primary', key: 'A' },
  grant: { icon: 'check', fields: [may('note')], tone: 'primary', key: 'G' },
  refuse: { icon: 'close', fields: [need('note')], key: 'H' },
  check: { icon: 'check', fields: [need('passed'), may('note'), may('media')], tone: 'primary', key: 'C' },
  close: { icon: 'check', fields: [may('note')], tone: 'primary', key: 'C' },
  resume: { icon: 'arrow', fields: [may('note')], tone: 'primary' },
  settle: { icon: 'check', fields: [need('lead'), may('assisting'), may('reason')], tone: 'primary' },
  reopen: { icon: 'refresh', fields: [need('reason')], tone: 'primary' },
  reassign: { icon: 'send', fields: [need('worker'), may('reason')], key: 'A' },
  assist: { icon: 'users', fields: [need('worker'), may('reason')], key: 'S' },
  send_to_check: { icon: 'search', fields: [may('collector'), may('note')] },
  self_handle: { icon: 'check', fields: [need('before'), need('after'), may('note')] },
  acknowledge: { icon: 'check', fields: [] },
  depart: { icon: 'arrow', fields: [] },
  arrive: { icon: 'pin', fields: [] },
  leave: { icon: 'arrow', fields: [] },
  hand_over: { icon: 'users', fields: [need('worker'), need('reason')] },
  report_handled: { icon: 'check', fields: [may('note'), may('media'), may('before')] },
  return: { icon: 'back', fields: [need('reason')] },
  request_extension: { icon: 'clock', fields: [need('amount'), need('reason'), may('media')] },
  request_suspension: { icon: 'pause', fields: [need('review_at'), need('reason'), may('media')] },
  withdraw_request: { icon: 'back', fields: [] },
  release_assist: { icon: 'back', fields: [need('worker')] },
  rework: { icon: 'refresh', fields: [need('reason')] },
  remind: { icon: 'bell', fields: [may('note')], key: 'R' },
  note: { icon: 'note', fields: [need('note'), may('mentions'), may('media')], key: 'N' },
  reply: { icon: 'send', fields: [need('text')] },
  claim: { icon: 'lock', fields: [], key: 'L' },
  release: { icon: 'lock', fields: [], key: 'L' },
  supervise: { icon: 'eye', fields: [may('note'), may('due_at')], key: 'D' },
  unsupervise: { icon: 'eye', fields: [may('note')] },
  mark: { icon: 'flag', fields: [need('marks')] },
  suspend: { icon: 'pause', fields: [need('review_at'), need('reason')], key: 'P' },
  coordinate: { icon: 'users', fields: [need('reason')] },
  split: { icon: 'plus', fields: [need('department'), may('category'), may('text')] },
  merge: { icon: 'link', fields: [need('into'), may('reason')], key: 'B' },
  reclassify: { icon: 'filter', fields: [need('category'), may('reason')], key: 'Y' },
  relocate: { icon: 'pin', fields: [need('place'), may('reason')] },
  set_priority: { icon: 'up', fields: [need('priority'), may('reason')] },
  undo: { icon: 'back', fields: [], key: 'U' },
  decline: { icon: 'back', fields: [need('reason')], tone: 'danger' },
  void: { icon: 'close', fields: [need('reason')], tone: 'danger', key: 'X' },
  force_close: { icon: 'close', fields: [need('reason')], tone: 'danger' },
}

const UNFILED: ReadonlySet<Stage> = new Set(['reported', 'verifying', 'pending_filing', 'reopened'])
/** What a command is called: `accept` and `decline` are two things, of a report and of a task. */
export const labelOf = (name: Command, stage: Stage): string =>
  (name === 'accept' || name === 'decline') && UNFILED.has(stage) ? `command.${name}_report` : `command.${name}`
/** What a command asks in a stage: to accept a task asks for nothing. */
export const fieldsOf = (name: Command, stage: Stage): Field[] =>
  name === 'accept' && !UNFILED.has(stage) ? [] : FORMS[name].fields

/** Commands that a desk gives in a worker's stead: never the first offer. */
const FOR_WORKER: ReadonlySet<Command> = new Set([
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
])
const RARE: ReadonlySet<Command> = new Set([
  'release_assist',
  'mark',
  'suspend',
  'coordinate',
  'split',
  'merge',
  'reclassify',
  'relocate',
  'set_priority',
  'supervise',
  'unsupervise',
  'send_to_check',
  'force_close',
  'verify',
])
/** Commands that have a place of their own in the panel. */
const ELSEWHERE: ReadonlySet<Command> = new Set(['claim', 'release', 'undo', 'reply'])
/** In these stages `accept` and `decline` are the worker's. */
const isOfWorker = (name: Command, stage: Stage): boolean =>
  FOR_WORKER.has(name) || ((name === 'accept' || name === 'decline') && !UNFILED.has(stage))

/** The order in which allowed commands are offered, and which of them stand behind "more". */
export function offer(allowed: Command[], stage: Stage): { first: Command[]; more: Command[] } {
  const known = (Object.keys(FORMS) as Command[]).filter((name) => allowed.includes(name) && !ELSEWHERE.has(name))
  const rare = (name: Command): boolean => isOfWorker(name, stage) || (RARE.has(name) && FORMS[name].tone !== 'primary')
  return { first: known.filter((name) => !rare(name)), more: known.filter(rare) }
}

/** Commands that mean the same for many cases: what they ask can be said once. */
export const BULK: readonly Command[] = [
  'accept',
  'file',
  'dispatch',
  'reassign',
  'remind',
  'note',
  'check',
  'close',
  'claim',
  'release',
  'supervise',
  'unsupervise',
  'mark',
  'set_priority',
  'suspend',
  'resume',
  'grant',
  'refuse',
  'merge',
  'decline',
  'void',
  'force_close',
]

/** Reasons that are given every day; any other may be typed. */
export const CANNED: Partial<Record<Command, Words[]>> = {
  void: [
    { zh: '重复上报', en: 'Reported twice' },
    { zh: '现场无此问题', en: 'Nothing to be found there' },
    { zh: '测试数据', en: 'Test data' },
    { zh: '不属于受理范围', en: 'Not ours to handle' },
  ],
  decline: [
    { zh: '未达到立案标准', en: 'Below what is filed' },
    { zh: '正在处理其他紧急案件', en: 'Busy with another urgent case' },
    { zh: '不在责任区域', en: 'Not my area' },
    { zh: '缺少工具或人手', en: 'Tools or people missing' },
  ],
  rework: [
    { zh: '未处理完全', en: 'Not fully handled' },
    { zh: '图片看不清', en: 'Pictures unclear' },
    { zh: '处理位置不符', en: 'Wrong place handled' },
  ],
  reassign: [
    { zh: '原处置人员无法到场', en: 'The worker cannot come' },
    { zh: '有人距离更近', en: 'Someone is nearer' },
    { zh: '专业不符', en: 'Another trade is needed' },
  ],
  suspend: [
    { zh: '等待施工条件', en: 'Waiting until work is possible' },
    { zh: '等待材料到货', en: 'Waiting for material' },
    { zh: '涉及产权纠纷', en: 'Ownership is disputed' },
  ],
  force_close: [
    { zh: '现场条件长期不具备', en: 'Cannot be done for long' },
    { zh: '部件已拆除', en: 'The part is gone' },
  ],
  coordinate: [
    { zh: '多部门职责交叉', en: 'Several departments are concerned' },
    { zh: '责任单位不明', en: 'Nobody knows whose duty it is' },
  ],
}
