/** Calls out what has come about: a tone, a desktop notification, or both, silent where a rule says so; and the title. */
import { ElMessage } from 'element-plus'
import { onBeforeUnmount, watch } from 'vue'
import { playTone } from '@/actions/sound'
import type { CaseView } from '@/api/types'
import { useWords } from '@/i18n'
import type { FactEntry } from '@/live/messages'
import { sentenceOf } from '@/live/notices'
import { type AlertKind, isSilent, useAlerts } from '@/state/alerts'
import { useLive } from '@/state/live'
import { usePrefs } from '@/state/prefs'
import { useQueue } from '@/state/queue'
import { useSelection } from '@/state/selection'
import { useSession } from '@/state/session'
import { useTimes } from '../useTimes'

const REQUESTS: Partial<Record<FactEntry['kind'], string>> = {
  ReturnRequested: 'return',
  ExtensionRequested: 'extension',
  SuspensionRequested: 'suspension',
}
/** Notifications of one moment: past it they are a flood, and the tone alone tells. */
const AT_ONCE = 3

interface Call {
  kind: AlertKind
  item: CaseView
  text: string
}

export function useCallouts(): void {
  const { t, say } = useWords()
  const live = useLive()
  const prefs = usePrefs()
  const queue = useQueue()
  const alerts = useAlerts()
  const session = useSession()
  const selection = useSelection()
  const times = useTimes()

  function callOf(fact: FactEntry): Call | null {
    const item = live.peek(fact.case_id)
    if (!item) return null
    const { number } = item
    const asked = REQUESTS[fact.kind]
    if (fact.kind === 'CaseOpened')
      return { kind: 'opened', item, text: t('alerts.new', { category: say(item.category.name) }) }
    if (asked) return { kind: 'requested', item, text: t('alerts.requestNew', { kind: t(`request.${asked}`), number }) }
    if (fact.kind === 'CaseOverdue') return { kind: 'late', item, text: t('alerts.overdue', { number }) }
    const me = session.me?.username ?? ''
    if (fact.kind === 'NoteAdded' && fact.data.by !== me && fact.data.mentions?.includes(me))
      return { kind: 'named', item, text: t('alerts.mention', { who: times.person(fact.data.by), number }) }
    return null
  }
  /** Whoever loses a case to a colleague hears of it at once. */
  function tellTakenOver(fact: FactEntry): void {
    if (fact.kind !== 'CaseClaimed' || fact.data.taken_from !== session.me?.username) return
    const number = live.peek(fact.case_id)?.number ?? ''
    ElMessage.warning({ message: t('claim.lost', { who: times.person(fact.data.by), number }), duration: 10_000 })
  }

  watch(
    () => queue.fresh,
    (fresh) => {
      document.title = `${fresh > 0 ? `(${fresh}) ` : ''}${t('screen.console')} · Wardline`
    },
  )
  const stop = live.onChanges(({ facts }) => {
    if (!facts.length) return
    const now = new Date()
    const calls: Call[] = []
    for (const fact of facts) {
      tellTakenOver(fact)
      const call = callOf(fact)
      if (!call || !alerts.kinds.includes(call.kind)) continue
      if (call.kind === 'named') ElMessage.info({ message: call.text, duration: 8_000 })
      else if (isSilent(alerts.rules, call.item, now)) continue
      calls.push(call)
    }
    if (!calls.length) return
    if (prefs.sound) playTone(calls.some(({ item }) => item.priority === 'critical') ? 'critical' : 'other')
    for (const { kind, item, text } of calls.slice(0, AT_ONCE))
      alerts.show(text, `${item.number} ${item.place.address || item.text}`.trim(), `${kind}-${item.id}`, () =>
        selection.select(item.id),
      )
  })
  /** What is escalated to me is told whatever I have switched off here: the city's quiet hours are kept by the server. */
  const stopNotices = live.onNotices((notices) => {
    if (prefs.sound) playTone(notices.some(({ priority }) => priority === 'critical') ? 'critical' : 'other')
    for (const notice of notices) {
      const [key, values] = sentenceOf(notice)
      const [first] = notice.cases
      ElMessage.warning({ message: t(key, values), duration: 10_000 })
      alerts.show(t(key, values), first?.address ?? '', `notice-${notice.seqs[0]}`, () => {
        if (first) selection.select(first.id)
      })
    }
  })
  onBeforeUnmount(() => {
    stop()
    stopNotices()
  })
}
