/** The page's title tells how many cases have come that the list does not show yet. */
import { watch } from 'vue'
import { useWords } from '@/i18n'
import { useQueue } from '@/state/queue'

export function useTitle(): void {
  const { t } = useWords()
  const queue = useQueue()
  watch(
    () => queue.fresh,
    (fresh) => {
      document.title = `${fresh > 0 ? `(${fresh}) ` : ''}${t('screen.console')} · Wardline`
    },
  )
}
