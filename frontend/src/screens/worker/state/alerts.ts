/** What the worker must hear of although he looks elsewhere: told by sound, by vibration, and over the whole width. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { playTone } from '@/actions/sound'
import type { CaseView } from '@/api/types'
import type { FactEntry } from '@/live/messages'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'

export type AlertKind = 'new' | 'rework' | 'withdrawn' | 'reminded' | 'ended'
export interface Alert {
  kind: AlertKind
  caseId: string
}

const SOUND = 'wardline.worker.sound'
const SEEN = 'wardline.worker.seen'
/** A new task is told again until someone looks: this often, this many times. */
const AGAIN_MS = 12_000
const TIMES = 5
const BUZZ: Record<AlertKind, number[]> = {
  new: [220, 90, 220, 90, 420],
  rework: [220, 90, 220],
  withdrawn: [160],
  reminded: [160, 80, 160],
  ended: [120],
}

const readSeen = (): string[] => JSON.parse(localStorage.getItem(SEEN) ?? '[]') as string[]

/** Which facts are worth an alert, told by what they mean to this worker. What he did himself is none. */
export function alertOf(fact: FactEntry, worker: string, username: string): AlertKind | null {
  const by = 'by' in fact.data ? fact.data.by : ''
  if (by === username) return null
  switch (fact.kind) {
    case 'TaskDispatched':
      return fact.data.worker === worker ? 'new' : null
    case 'CaseReworked':
      return fact.data.worker === worker ? 'rework' : null
    case 'TaskWithdrawn':
      return fact.data.worker === worker ? 'withdrawn' : null
    case 'CaseReminded':
      return 'reminded'
    case 'CaseVoided':
      return 'ended'
    default:
      return null
  }
}

export const useAlerts = defineStore('alerts', () => {
  const live = useLive()
  const session = useSession()
  const alerts = ref<Alert[]>([])
  const sound = ref(localStorage.getItem(SOUND) !== 'off')
  const latest = computed(() => alerts.value.at(-1) ?? null)
  let repeats = 0
  let timer: ReturnType<typeof setInterval> | undefined
  watch(sound, (on) => localStorage.setItem(SOUND, on ? 'on' : 'off'))

  function ring(kind: AlertKind, urgent: boolean): void {
    if (sound.value) playTone(urgent ? 'critical' : 'other')
    // A page that nobody has touched yet may not vibrate; asked all the same, browsers write an error.
    if ('vibrate' in navigator && navigator.userActivation?.hasBeenActive) navigator.vibrate(BUZZ[kind])
  }
  function again(): void {
    const open = alerts.value.find(({ kind }) => kind === 'new' || kind === 'rework')
    if (!open || (repeats += 1) >= TIMES) return clearInterval(timer)
    ring(open.kind, live.findCase(open.caseId)?.priority === 'critical')
  }
  function raise(kind: AlertKind, item: CaseView | undefined, caseId: string): void {
    alerts.value = [...alerts.value.filter((alert) => alert.caseId !== caseId), { kind, caseId }]
    ring(kind, item?.priority === 'critical')
    repeats = 0
    clearInterval(timer)
    timer = setInterval(again, AGAIN_MS)
  }
  function dismiss(caseId?: string): void {
    alerts.value = caseId ? alerts.value.filter((alert) => alert.caseId !== caseId) : []
  }

  /** Tasks that came while the phone was away: in the snapshot, waiting for an answer, and never alerted. */
  function catchUp(worker: string): void {
    const seen = new Set(readSeen())
    for (const item of live.allCases())
      if (item.worker === worker && item.stage === 'dispatched' && !seen.has(item.task_id)) raise('new', item, item.id)
    remember(worker)
  }
  function remember(worker: string): void {
    const mine = live.allCases().filter((item) => item.worker === worker)
    localStorage.setItem(SEEN, JSON.stringify(mine.map(({ task_id }) => task_id)))
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
  return { alerts, latest, sound, dismiss }
})
