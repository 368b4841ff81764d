/** What each command asks of the person who gives it. One row per command; keys of `data` are those of the API. */
import type { Command, Words } from '@/api/types'
import type { IconName } from '@/ui/Icon.vue'

export type FieldKind = 'reason' | 'note' | 'worker' | 'category' | 'passed' | 'place' | 'media'
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

export const FORMS: Record<Command, CommandForm> = {
  file: { icon: 'flag', fields: [{ kind: 'category' }], tone: 'primary', key: 'F' },
  dispatch: { icon: 'send', fields: [{ kind: 'worker' }], tone: 'primary', key: 'A' },
  check: {
    icon: 'check',
    fields: [{ kind: 'passed', required: true }, { kind: 'note' }, { kind: 'media' }],
    tone: 'primary',
    key: 'C',
  },
  close: { icon: 'check', fields: [{ kind: 'note' }], tone: 'primary', key: 'C' },
  reassign: { icon: 'send', fields: [{ kind: 'worker', required: true }, { kind: 'reason' }], key: 'A' },
  accept: { icon: 'check', fields: [] },
  depart: { icon: 'arrow', fields: [] },
  arrive: { icon: 'pin', fields: [] },
  report_handled: { icon: 'check', fields: [{ kind: 'note' }, { kind: 'media' }] },
  rework: { icon: 'refresh', fields: [{ kind: 'reason', required: true }] },
  remind: { icon: 'bell', fields: [{ kind: 'note' }], key: 'R' },
  note: { icon: 'note', fields: [{ kind: 'note', required: true }], key: 'N' },
  reclassify: { icon: 'filter', fields: [{ kind: 'category', required: true }, { kind: 'reason' }] },
  relocate: { icon: 'pin', fields: [{ kind: 'place', required: true }, { kind: 'reason' }] },
  decline: { icon: 'back', fields: [{ kind: 'reason', required: true }] },
  void: { icon: 'close', fields: [{ kind: 'reason', required: true }], tone: 'danger', key: 'X' },
}

/** Commands that a desk gives in a worker's stead: never the first offer. */
const FOR_WORKER: ReadonlySet<Command> = new Set(['accept', 'decline', 'depart', 'arrive', 'report_handled'])

/** The order in which allowed commands are offered, and which of them stand behind "more". */
export function offer(allowed: Command[]): { first: Command[]; more: Command[] } {
  const known = (Object.keys(FORMS) as Command[]).filter((name) => allowed.includes(name))
  const rare = (name: Command): boolean => FOR_WORKER.has(name) || name === 'reclassify' || name === 'relocate'
  return { first: known.filter((name) => !rare(name)), more: known.filter(rare) }
}

/** Reasons that are given every day; any other may be typed. */
export const CANNED: Partial<Record<Command, Words[]>> = {
  void: [
    { zh: '重复上报', en: 'Reported twice' },
    { zh: '现场无此问题', en: 'Nothing to be found there' },
    { zh: '测试数据', en: 'Test data' },
    { zh: '不属于受理范围', en: 'Not ours to handle' },
  ],
  decline: [
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
}
