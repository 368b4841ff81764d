/** How a report leaves: put down first, then sent; what the server refuses comes back into the form. */
import { ref } from 'vue'
import type { ReportFields } from '@/api/reports'
import type { AskedQuestion } from '@/api/types'
import { useWords } from '@/i18n'
import { explain } from '@/actions/explain'
import { answersTo } from './check'
import type { useDraft } from './draft'
import { isFinal, useOutbox, type Waiting } from './outbox'

export function useSending(draft: ReturnType<typeof useDraft>) {
  const { t, locale } = useWords()
  const outbox = useOutbox()
  const busy = ref(false)
  const failure = ref('')

  /** Resolves with the link's token; "" where it waits for a signal, or was refused (then `failure` says why). */
  async function send(questions: AskedQuestion[]): Promise<string> {
    failure.value = ''
    busy.value = true
    const before = JSON.parse(JSON.stringify(draft.fields)) as ReportFields
    const pictures = draft.photos.value
    const one: Waiting = {
      key: draft.keyNow(),
      fields: { ...before, answers: answersTo(before, questions), language: locale.value },
      photos: pictures,
      at: new Date().toISOString(),
      tries: 0,
    }
    try {
      await outbox.put(one)
      draft.clear() // it lies in the outbox now, and must not be sent a second time out of the form
      const receipt = await outbox.send(one.key)
      return receipt?.token ?? ''
    } catch (error) {
      if (isFinal(error) || !(await outbox.isDurable())) {
        await outbox.remove(one.key)
        draft.restore(before, pictures)
        failure.value = explain(error, t)
      } else outbox.later()
      return ''
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, send, progress: outbox.progress }
}
