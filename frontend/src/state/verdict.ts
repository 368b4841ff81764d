/** A machine's case that waits for a person: one key says that it is so, another that it is not; the next comes by itself. */
import { ElMessage } from 'element-plus'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { explain } from '@/actions/explain'
import { command as give } from '@/api/cases'
import { newKey } from '@/api/client'
import type { CaseDetail, CaseView, Command } from '@/api/types'
import { useWords } from '@/i18n'
import { useActs } from './acts'
import { useLive } from './live'
import { useQueue } from './queue'
import { useSelection } from './selection'

/** A machine has opened it, nobody has looked at it yet, and what it would be is known. */
export const waitsForVerdict = (item: Pick<CaseView, 'kind' | 'stage' | 'category'>): boolean =>
  item.kind !== '' && item.stage === 'reported' && item.category.code !== ''

/** The next of a list for which a test holds, from one of it on and round; "" where there is none. */
export function nextOf(ids: readonly string[], id: string, test: (id: string) => boolean): string {
  const from = ids.indexOf(id) + 1
  return [...ids.slice(from), ...ids.slice(0, Math.max(0, from - 1))].find((each) => each !== id && test(each)) ?? ''
}

export const useVerdict = defineStore('verdict', () => {
  const { t } = useWords()
  const acts = useActs()
  const live = useLive()
  const queue = useQueue()
  const selection = useSelection()
  const busy = ref(false)
  /** The case that can be judged now; null while its detail is on its way, so that no key falls on one unseen. */
  const judged = computed<CaseDetail | null>(() => {
    const { detail } = selection
    if (!detail || detail.id !== selection.id || !waitsForVerdict(detail)) return null
    return detail.allowed_commands.includes('file') && detail.allowed_commands.includes('void') ? detail : null
  })
  const waits = (id: string): boolean => {
    const item = live.peek(id)
    return item !== undefined && queue.matches(id) && waitsForVerdict(item)
  }

  async function answer(name: Command, data: Record<string, unknown>): Promise<void> {
    const item = judged.value
    if (!item || busy.value) return
    busy.value = true
    try {
      const after = await give(item.id, name, data, { version: item.version, idempotencyKey: newKey() })
      selection.accept(after)
      acts.done(item, name, after)
      if (!acts.last) ElMessage.success(t('form.done', { number: item.number, command: t(`command.${name}`) }))
      if (selection.id === item.id) selection.select(nextOf(queue.shown, item.id, waits))
    } catch (error) {
      ElMessage.error(explain(error, t))
      await selection.reload()
    } finally {
      busy.value = false
    }
  }
  const confirm = (): void => void answer('file', {})
  const refuse = (): void => void answer('void', { reason: t('verdict.falseAlarm'), false_alarm: true })
  return { judged, busy, confirm, refuse }
})
