/** What the worker must hear of although he looks elsewhere: told by sound, by vibration, and over the whole width. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { playTone } from '@/actions/sound'
import type { CaseView } from '@/api/types'
import { useWords } from '@/i18n'
import type { FactEntry } from '@/live/messages'
import { sentenceOf } from '@/live/notices'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import { findAssist } from './casefile'
import { isMine, isNew } from './steps'

export type AlertKind = 'new' | 'rework' | 'withdrawn' | 'reminded' | 'ended' | 'note' | 'answered' | 'escalated'
export interface Alert {
  kind: AlertKind
  caseId: string
  /** What is said of a case that is no task of mine. */
  text?: string
}

const SOUND = 'wardline.worker.sound'
const SEEN = 'wardline.worker.seen'
/** A new task is told again until it is acknowledged: so often in the first minutes, then less often. */
const AGAIN_MS = 5_000
const SELDOM_MS = 30_000
const OFTEN_TIMES = 24
/** These stand before everything else until somebody has looked. */
const LOUD: ReadonlySet<AlertKind> = new Set(['new', 'rework'])
const BUZZ: Record<AlertKind, number[]> = {
  new: [220, 90, 220, 90, 420],
  rework: [220, 90, 220],
  withdrawn: [160],
  reminded: [160, 80, 160],
  ended: [120],
  note: [90],
  answered: [120, 60, 120],
  escalated: [160, 80, 160],
}

const taskOf = (item: CaseView, worker: string): string =>
  item.worker === worker ? item.task_id : (findAssist(item, worker)?.task_id ?? '')
const readSeen = (): string[] => JSON.parse(localStorage.getItem(SEEN) ?? '[]') as string[]

const ANSWERS: ReadonlySet<string> = new Set(['RequestRefused', 'ExtensionGranted', 'ReturnGranted', 'CaseSuspended'])

/** Which facts are worth an alert, told by what they mean to this worker. What he did himself is none. */
export function alertOf(fact: FactEntry, worker: string, username: string): AlertKind | null {
  const by = 'by' in fact.data ? fact.data.by : ''
  if (by === username) return null
  if (ANSWERS.has(fact.kind)) return 'answered'
  switch (fact.kind as string) {
    case 'TaskDispatched':
    case 'AssistSent':
      return forMe(fact, worker) ? 'new' : null
    case 'CaseReworked':
      return forMe(fact, worker) ? 'rework' : null
    case 'TaskWithdrawn':
      return forMe(fact, worker) ? 'withdrawn' : null
    case 'CaseReminded':
      return 'reminded'
    case 'NoteAdded':
      return 'note'
    case 'CaseVoided':
    case 'CaseForceClosed':
      return 'ended'
    default:
      return null
  }
}
const forMe = ({ data }: FactEntry, worker: string): boolean => 'worker' in data && data.worker === worker

export const useAlerts = defineStore('alerts', () => {
  const live = useLive()
  const session = useSession()
  const { t } = useWords()
  const alerts = ref<Alert[]>([])
  const sound = ref(localStorage.getItem(SOUND) !== 'off')
  const loud = computed(() => alerts.value.findLast(({ kind }) => LOUD.has(kind)) ?? null)
  const latest = computed(() => alerts.value.findLast(({ kind }) => !LOUD.has(kind)) ?? null)
  let repeats = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(sound, (on) => localStorage.setItem(SOUND, on ? 'on' : 'off'))

  function ring(kind: AlertKind, urgent: boolean): void {
    if (sound.value) playTone(urgent ? 'critical' : 'other')
    // A page that nobody has touched yet may not vibrate; asked all the same, browsers write an error.
    if ('vibrate' in navigator && navigator.userActivation?.hasBeenActive) navigator.vibrate(BUZZ[kind])
  }
  function again(): void {
    const open = loud.value
    if (!open) return clearTimeout(timer)
    ring(open.kind, live.findCase(open.caseId)?.priority === 'critical')
    repeats += 1
    timer = setTimeout(again, repeats < OFTEN_TIMES ? AGAIN_MS : SELDOM_MS)
  }
  function raise(kind: AlertKind, item: CaseView | undefined, caseId: string, text = ''): void {
    alerts.value = [...alerts.value.filter((alert) => alert.caseId !== caseId), { kind, caseId, text }]
    ring(kind, item?.priority === 'critical')
    repeats = 0
    clearTimeout(timer)
    timer = setTimeout(again, AGAIN_MS)
  }
  function dismiss(caseId?: string): void {
    alerts.value = caseId ? alerts.value.filter((alert) => alert.caseId !== caseId) : []
  }
  /** Who looks at a case has been told. */
  const seen = (caseId: string): void => {
    if (alerts.value.some((alert) => alert.caseId === caseId)) dismiss(caseId)
  }

  /** Tasks that came while the phone was away: in the snapshot, waiting for an answer, and never alerted. */
  function catchUp(worker: string): void {
    const known = new Set(readSeen())
    for (const item of live.allCases())
      if (isNew(item, worker) && !known.has(taskOf(item, worker))) raise('new', item, item.id)
    remember(worker)
  }
  function remember(worker: string): void {
    const mine = live.allCases().filter((item) => isMine(item, worker))
    localStorage.setItem(SEEN, JSON.stringify(mine.map((item) => taskOf(item, worker))))
    // What is no task of mine any more, or has its answer, rings no longer.
    const isOpen = ({ kind, caseId }: Alert): boolean => {
      const item = live.findCase(caseId)
      return !LOUD.has(kind) || (item !== undefined && isNew(item, worker))
    }
    if (!alerts.value.every(isOpen)) alerts.value = alerts.value.filter(isOpen)
  }

  live.onChanges(({ all, facts }) => {
    const { worker_id: worker, username } = session.me ?? { worker_id: '', username: '' }
    if (!worker) return
    if (all) return catchUp(worker)
    for (const fact of facts) {
      const kind = alertOf(fact, worker, username)
      if (kind) raise(kind, live.findCase(fact.case_id), fact.case_id)
    }
    if (facts.length) remember(worker)
  })
  live.onNotices((notices) => {
    for (const notice of notices) {
      const [key, values] = sentenceOf(notice)
      const [first] = notice.cases
      if (first) raise('escalated', live.findCase(first.id), first.id, t(key, values))
    }
  })
  return { alerts, loud, latest, sound, dismiss, seen }
})
