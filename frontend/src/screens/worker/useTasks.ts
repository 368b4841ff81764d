/** My tasks as this phone shows them: the live ones, with what still waits to be sent already done. */
import { computed, type ComputedRef } from 'vue'
import type { CaseView } from '@/api/types'
import { useWords } from '@/i18n'
import { formatSpan } from '@/i18n/format'
import { leftMs, lightOf, urgencyAt } from '@/live/light'
import { useCity } from '@/state/city'
import { useClock } from '@/state/clock'
import { useLive } from '@/state/live'
import { useSession } from '@/state/session'
import { useOutbox } from './state/outbox'
import { isMine, isNew } from './state/steps'

export function useTasks(): ComputedRef<{ toAccept: CaseView[]; doing: CaseView[]; all: CaseView[] }> {
  const live = useLive()
  const session = useSession()
  const outbox = useOutbox()
  return computed(() => {
    const worker = session.me?.worker_id ?? ''
    const all = live
      .allCases()
      .filter((item) => isMine(item, worker))
      .map(outbox.view)
      .filter((item) => isMine(item, worker))
      .sort((a, b) => urgencyAt(a) - urgencyAt(b))
    return {
      all,
      toAccept: all.filter((item) => isNew(item, worker)),
      doing: all.filter((item) => !isNew(item, worker)),
    }
  })
}

/** One task's light, countdown, stage and place in words. */
export function useTaskWords(item: () => CaseView) {
  const { t, say, locale } = useWords()
  const clock = useClock()
  const city = useCity()
  const outbox = useOutbox()
  const light = computed(() => lightOf(item(), clock.nowMs))
  const left = computed(() => {
    const ms = leftMs(item(), clock.nowMs)
    if (ms === null) return t(`light.${light.value}`)
    return t(ms < 0 ? 'time.over' : 'time.left', { span: formatSpan(ms, locale.value) })
  })
  const stage = computed(() => outbox.stageWord(item().stage))
  const area = computed(() => {
    const { street, community } = item().place
    return [street, community]
      .filter(Boolean)
      .map((code) => say(city.areaName(code)))
      .join(' · ')
  })
  const where = computed(() => [item().place.address, area.value].filter(Boolean).join(', '))
  return { light, left, stage, area, where }
}
