/** How each kind of fact is told: the key of its sentence, what fills it, and what somebody wrote. One row per kind. Pure. */
import type { Words } from '@/api/types'
import type { FactKind, FactTable } from '@/live/messages'
import type { IconName } from '@/ui/Icon.vue'

/** How codes are said in the reader's language. */
export interface Speaker {
  t: (key: string, values?: Record<string, unknown>) => string
  say: (words: Words) => string
  by: (user: string | undefined) => string
  worker: (id: string) => string
  category: (code: string) => string
  department: (id: string) => string
  feed: (feed: string) => string
  time: (at: string) => string
}

export type Tone = 'plain' | 'good' | 'bad' | 'person'
export interface Telling {
  key: string
  values?: Record<string, string | number>
  quote?: string | undefined
  media?: string[] | undefined
  icon: IconName
  tone?: Tone
}
type Row<K extends FactKind> = (data: FactTable[K], s: Speaker) => Telling

interface Said {
  by?: string
  worker?: string
  number?: string
  department?: string
  note?: string
  reason?: string
  media?: string[]
}
/** A reason in somebody's words. One of the rules is a code, whose words stand below it among the grounds. */
const RULE = /^[a-z_]+\.[a-z_]+$/
const ownWords = (reason: string | undefined): string | undefined => (reason && RULE.test(reason) ? undefined : reason)
/** The common case: who did it to whom, in his words, with his pictures. */
const said =
  (key: FactKind | 'CaseRefused', icon: IconName, tone: Tone = 'person') =>
  (data: Said, s: Speaker): Telling => ({
    key,
    icon,
    tone,
    values: {
      by: s.by(data.by),
      ...(data.worker && { worker: s.worker(data.worker) }),
      ...(data.number && { number: data.number }),
      ...(data.department && { department: s.department(data.department) }),
    },
    quote: data.note || ownWords(data.reason),
    media: data.media,
  })
const keyOfCall = ({ reached, satisfied }: FactTable['CallbackDone']): string => {
  if (!reached) return 'CallbackMissed'
  if (satisfied === true) return 'CallbackSatisfied'
  return satisfied === false ? 'CallbackUnhappy' : 'CallbackDone'
}
/** What the worker did himself; who entered it for him is told beside it. */
const ofWorker =
  (key: FactKind, icon: IconName, tone: Tone = 'plain') =>
  (data: Said, s: Speaker): Telling => ({
    key,
    icon,
    tone,
    values: { worker: s.worker(data.worker ?? '') },
    quote: data.note || ownWords(data.reason),
    media: data.media,
  })

export const TELLINGS: { [K in FactKind]: Row<K> } = {
  CaseOpened: (data, s) => ({
    key: data.parent ? 'CaseOpenedPart' : data.waiting ? 'CaseOpenedWait' : 'CaseOpened',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    media: data.media,
    icon: 'plus',
  }),
  CaseImported: (data, s) => ({
    key: 'CaseImported',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    icon: 'plus',
  }),
  EventAttached: (data, s) => ({
    key: data.phase !== 'close' ? 'EventAttached' : data.cleared === false ? 'EventClearedOne' : 'EventCleared',
    values: { feed: s.feed(data.feed) },
    quote: data.text,
    media: data.media,
    icon: 'link',
    tone: data.phase === 'close' ? 'good' : 'plain',
  }),
  ClearedBySilence: (data, s) => ({
    key: data.is_last ? 'ClearedBySilence' : 'ClearedBySilenceOne',
    values: { minutes: Math.round(data.after_s / 60), since: s.time(data.silent_since) },
    icon: 'clock',
  }),
  SilenceExcused: (data, s) => ({ key: 'SilenceExcused', values: { until: s.time(data.until) }, icon: 'clock' }),
  // sorting
  CaseAccepted: said('CaseAccepted', 'check'),
  VerificationAsked: (data, s) => ({
    ...said('VerificationAsked', 'search')(data, s),
    ...(data.collector && {
      key: 'VerificationAskedOf',
      values: { by: s.by(data.by), collector: s.by(data.collector) },
    }),
  }),
  VerificationPassed: said('VerificationPassed', 'check', 'good'),
  VerificationFailed: said('VerificationFailed', 'close', 'bad'),
  CaseFiled: (data, s) => ({
    key: 'CaseFiled',
    values: { by: s.by(data.by), department: s.department(data.department), due: s.time(data.due_at) },
    icon: 'flag',
  }),
  CaseDeclined: said('CaseDeclined', 'close', 'bad'),
  CaseVoided: (data, s) => ({
    ...said(data.false_alarm ? 'CaseRefused' : 'CaseVoided', 'close', 'bad')(data, s),
  }),
  CaseMerged: said('CaseMerged', 'link'),
  DuplicateMerged: said('DuplicateMerged', 'link'),
  MasterEnded: (data, s) => ({
    key: 'MasterEnded',
    values: { number: data.number, stage: s.t(`stage.${data.stage}`) },
    icon: 'link',
  }),
  CaseSelfHandled: (data, s) => ({
    ...said('CaseSelfHandled', 'check', 'good')(data, s),
    media: [...data.before, ...data.after],
  }),
  PriorityRaised: (data, s) => ({
    key: 'PriorityRaised',
    values: { priority: s.t(`priority.${data.priority}`) },
    icon: 'up',
    tone: 'bad',
  }),
  PrioritySet: (data, s) => ({
    key: 'PrioritySet',
    values: { by: s.by(data.by), priority: s.t(`priority.${data.priority}`) },
    quote: data.reason,
    icon: 'up',
    tone: 'person',
  }),
  CaseReclassified: (data, s) => ({
    key: 'CaseReclassified',
    values: { by: s.by(data.by), category: s.category(data.category) },
    quote: data.reason,
    icon: 'filter',
    tone: 'person',
  }),
  CaseRelocated: said('CaseRelocated', 'pin'),
  LimitChanged: (data, s) => ({
    key: 'LimitChanged',
    values: { by: s.by(data.by), due: s.time(data.due_at) },
    quote: data.reason,
    icon: 'clock',
  }),
  // sending
  CaseQueued: () => ({ key: 'CaseQueued', icon: 'clock', tone: 'bad' }),
  TaskDispatched: (data, s) => ({
    key: 'TaskDispatched',
    values: { by: s.by(data.by), worker: s.worker(data.worker), attempt: data.attempt },
    icon: 'send',
  }),
  TaskAccepted: ofWorker('TaskAccepted', 'check'),
  TaskDeclined: ofWorker('TaskDeclined', 'back', 'bad'),
  TaskWithdrawn: said('TaskWithdrawn', 'back', 'plain'),
  WorkerDeparted: ofWorker('WorkerDeparted', 'arrow'),
  WorkerArrived: ofWorker('WorkerArrived', 'pin'),
  AssistSent: said('AssistSent', 'users'),
  AssistMoved: (data, s) => ({
    key: 'AssistMoved',
    values: { worker: s.worker(data.worker), step: s.t(`assist.${data.step}`) },
    quote: data.reason,
    icon: 'users',
  }),
  CaseEscalated: (data, s) => ({
    key: 'CaseEscalated',
    values: { action: s.t(`chain.${data.action}`), step: data.step + 1 },
    icon: 'up',
    tone: 'bad',
  }),
  // asking
  ReturnRequested: said('ReturnRequested', 'back'),
  ExtensionRequested: (data, s) => {
    const told = said('ExtensionRequested', 'clock')(data, s)
    return { ...told, values: { ...told.values, amount: data.amount } }
  },
  SuspensionRequested: (data, s) => {
    const told = said('SuspensionRequested', 'pause')(data, s)
    return { ...told, values: { ...told.values, review: s.time(data.review_at) } }
  },
  RequestWithdrawn: (data, s) => ({
    key: 'RequestWithdrawn',
    values: { by: s.by(data.by), kind: s.t(`request.${data.kind}`) },
    icon: 'back',
  }),
  RequestRefused: (data, s) => ({
    key: 'RequestRefused',
    values: { by: s.by(data.by), kind: s.t(`request.${data.kind}`) },
    quote: data.note,
    icon: 'close',
    tone: 'bad',
  }),
  ReturnGranted: said('ReturnGranted', 'check'),
  ExtensionGranted: (data, s) => ({
    key: 'ExtensionGranted',
    values: { by: s.by(data.by), due: s.time(data.due_at ?? '') },
    quote: data.note,
    icon: 'check',
    tone: 'person',
  }),
  CaseSuspended: (data, s) => ({
    key: 'CaseSuspended',
    values: { by: s.by(data.by), review: s.time(data.review_at) },
    quote: data.reason,
    icon: 'pause',
    tone: 'person',
  }),
  CoordinationBegun: said('CoordinationBegun', 'users'),
  CaseResumed: said('CaseResumed', 'arrow'),
  CoordinationSettled: said('CoordinationSettled', 'check'),
  ChildOpened: said('ChildOpened', 'plus'),
  ChildEnded: (data, s) => ({
    key: 'ChildEnded',
    values: { number: data.number, stage: s.t(`stage.${data.stage}`) },
    icon: 'check',
  }),
  ReviewDue: () => ({ key: 'ReviewDue', icon: 'clock', tone: 'bad' }),
  // forwarding
  CaseForwarded: (data, s) => ({
    key: data.handles ? 'CaseHandedOver' : 'CaseForwarded',
    values: { partner: s.by(data.partner) },
    icon: 'arrow',
  }),
  ForwardTaken: (data, s) => ({
    key: data.request_id ? 'ForwardTaken' : 'ForwardTakenUnnumbered',
    values: { partner: s.by(data.partner), number: data.request_id },
    icon: 'check',
  }),
  PartnerUpdated: (data, s) => ({
    key: 'PartnerUpdated',
    values: { partner: s.by(data.partner), meaning: s.t(`partner.${data.meaning}`), word: data.word ?? '' },
    quote: data.note,
    icon: 'note',
    tone: data.meaning === 'handled' ? 'good' : data.meaning === 'refused' ? 'bad' : 'plain',
  }),
  ForwardFailed: (data, s) => ({
    key: 'ForwardFailed',
    values: { partner: s.by(data.partner) },
    quote: data.detail,
    icon: 'close',
    tone: 'bad',
  }),
  ForwardEnded: (data, s) => ({
    key: 'ForwardEnded',
    values: { partner: s.by(data.partner) },
    quote: ownWords(data.reason),
    media: data.media,
    icon: 'refresh',
    tone: 'bad',
  }),
  // ending
  CaseHandled: (data, s) => ({
    ...(data.worker
      ? ofWorker('CaseHandled', 'check', 'good')(data, s)
      : { ...said('CaseHandled', 'check', 'good')(data, s), key: 'CaseHandledByPartner' }),
    media: [...(data.before ?? []), ...(data.media ?? [])],
  }),
  CheckSent: (data, s) => ({
    ...said('CheckSent', 'search')(data, s),
    ...(data.collector && { key: 'CheckSentTo', values: { by: s.by(data.by), collector: s.by(data.collector) } }),
  }),
  CheckAsked: () => ({ key: 'CheckAsked', icon: 'camera' }),
  CheckAnswered: (data, s) => ({
    key: 'CheckAnswered',
    values: { answer: s.t(`answer.${data.answer}`) },
    quote: data.note,
    media: data.media,
    icon: 'camera',
    tone: data.answer === 'clear' ? 'good' : 'bad',
  }),
  CheckPassed: said('CheckPassed', 'check', 'good'),
  CaseReworked: said('CaseReworked', 'refresh', 'bad'),
  CaseClosed: (data, s) => ({
    key: data.on_time ? 'CaseClosed' : 'CaseClosedLate',
    values: { by: s.by(data.by) },
    quote: data.note,
    icon: 'check',
    tone: data.on_time ? 'good' : 'bad',
  }),
  CaseForceClosed: said('CaseForceClosed', 'close', 'bad'),
  CaseReopened: (data, s) => ({
    ...said('CaseReopened', 'refresh', 'bad')(data, s),
    ...(data.report && { key: 'CaseReopenedByReporter', values: { report: data.report } }),
  }),
  // reporting
  ReporterWrote: (data) => ({ key: 'ReporterWrote', icon: 'note', tone: 'person', values: { report: data.report } }),
  ReporterAnswered: (data, s) => ({
    key: data.report ? 'ReporterAnswered' : 'ReportersAnswered',
    icon: 'send',
    tone: 'person',
    values: { by: s.by(data.by), report: data.report ?? '' },
  }),
  ReportRated: (data) => ({
    key: 'ReportRated',
    icon: 'star',
    tone: data.stars > 2 ? 'good' : 'bad',
    values: { report: data.report, stars: data.stars },
  }),
  ReportWithdrawn: (data) => ({
    key: 'ReportWithdrawn',
    icon: 'back',
    tone: 'person',
    values: { report: data.report },
  }),
  ReportRedacted: (data) => ({ key: 'ReportRedacted', icon: 'close', tone: 'person', values: { report: data.report } }),
  CallbackDone: (data, s) => ({
    key: keyOfCall(data),
    values: { by: s.by(data.by), n: data.tries ?? 1 },
    quote: data.note,
    icon: 'phone',
    tone: !data.reached ? 'plain' : data.satisfied === false ? 'bad' : 'good',
  }),
  // watching
  NoteAdded: said('NoteAdded', 'note'),
  PersonalDataErased: (data) => ({ key: data.why === 'retention' ? 'ErasedByTime' : 'ErasedByWish', icon: 'close' }),
  CaseReminded: said('CaseReminded', 'bell'),
  CaseSupervised: (data, s) => ({
    ...said('CaseSupervised', 'eye')(data, s),
    ...(data.due_at && { key: 'CaseSupervisedUntil', values: { by: s.by(data.by), due: s.time(data.due_at) } }),
  }),
  SupervisionEnded: said('SupervisionEnded', 'eye'),
  CaseMarked: (data, s) => ({
    key: 'CaseMarked',
    values: {
      by: s.by(data.by),
      marks: [
        ...(data.urgent === true || data.urgent === false ? [s.t(`mark.urgent_${data.urgent}`)] : []),
        ...(data.key_case === true || data.key_case === false ? [s.t(`mark.key_${data.key_case}`)] : []),
      ].join(', '),
    },
    icon: 'flag',
    tone: 'person',
  }),
  CaseClaimed: (data, s) => ({
    key: data.taken_from ? 'CaseTakenOver' : 'CaseClaimed',
    values: { by: s.by(data.by), from: s.by(data.taken_from) },
    quote: data.reason,
    icon: 'lock',
    tone: 'person',
  }),
  ClaimReleased: said('ClaimReleased', 'lock'),
  MoveUndone: (data, s) => ({
    key: 'MoveUndone',
    values: { by: s.by(data.by), what: s.t(`command.${data.what}`) },
    icon: 'back',
    tone: 'person',
  }),
  CaseWarned: (data) => ({ key: 'CaseWarned', values: { percent: data.percent }, icon: 'clock', tone: 'bad' }),
  CaseOverdue: () => ({ key: 'CaseOverdue', icon: 'octagon', tone: 'bad' }),
  StageOverdue: (data, s) => ({
    key: 'StageOverdue',
    values: { stage: s.t(`stage.${data.stage}`) },
    icon: 'octagon',
    tone: 'bad',
  }),
  WorkerSignedOn: ofWorker('WorkerSignedOn', 'user'),
  WorkerSignedOff: ofWorker('WorkerSignedOff', 'user'),
  SourceLost: () => ({ key: 'SourceLost', icon: 'alert', tone: 'bad' }),
  SourceRestored: () => ({ key: 'SourceRestored', icon: 'check', tone: 'good' }),
}
