/** What has changed while nobody looked: counted from the facts between leaving the tab and coming back. */
import { defineStore } from 'pinia'
import { onScopeDispose, ref } from 'vue'
import type { FactEntry } from '@/live/messages'
import { useLive } from './live'
import { useSession } from './session'

/** A look away that is shorter needs no summary. */
const AWAY_MS = 60_000
const ENDINGS: ReadonlySet<string> = new Set([
  'CaseClosed',
  'CaseForceClosed',
  'CaseVoided',
  'CaseDeclined',
  'CaseMerged',
  'VerificationFailed',
])
const REQUESTS: ReadonlySet<string> = new Set(['ReturnRequested', 'ExtensionRequested', 'SuspensionRequested'])

export interface Summary {
  since: number
  opened: number
  closed: number
  overdue: number
  requests: number
  mine: number
  mentions: number
  ids: string[]
}

export const useAway = defineStore('away', () => {
  const live = useLive()
  const session = useSession()
  const summary = ref<Summary | null>(null)
  let leftAt = 0
  let counting: Summary | null = null
  const touched = new Set<string>()
  const mine = new Set<string>()

  const empty = (since: number): Summary => ({
    since,
    opened: 0,
    closed: 0,
    overdue: 0,
    requests: 0,
    mine: 0,
    mentions: 0,
    ids: [],
  })
  function take(fact: FactEntry): void {
    if (!counting || !fact.case_id) return
    const me = session.me?.username ?? ''
    const item = live.peek(fact.case_id)
    if (fact.kind === 'CaseOpened') counting.opened += 1
    else if (ENDINGS.has(fact.kind)) counting.closed += 1
    else if (fact.kind === 'CaseOverdue') counting.overdue += 1
    else if (REQUESTS.has(fact.kind)) counting.requests += 1
    else if (fact.kind === 'NoteAdded' && fact.data.mentions?.includes(me)) counting.mentions += 1
    if (item && (item.claimed_by === me || item.verifier === me || item.supervised?.by === me)) mine.add(fact.case_id)
    touched.add(fact.case_id)
  }
  const stop = live.onChanges(({ facts }) => facts.forEach(take))

  function leave(): void {
    leftAt = Date.now()
    counting = empty(live.nowMs())
    touched.clear()
    mine.clear()
  }
  function comeBack(): void {
    const counted = counting
    counting = null
    if (!counted || Date.now() - leftAt < AWAY_MS || !touched.size) return
    // Facts of a broken line come with the catch-up, a little after the tab is looked at again.
    summary.value = { ...counted, mine: mine.size, ids: [...touched] }
  }
  const onVisibility = (): void => (document.visibilityState === 'hidden' ? leave() : comeBack())
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    stop()
    document.removeEventListener('visibilitychange', onVisibility)
  })
  const dismiss = (): void => {
    summary.value = null
  }
  return { summary, dismiss }
})
