/** Push at the desk: whether it is still on, and the case that a tapped notification is about. */
import { onBeforeUnmount, onMounted } from 'vue'
import { useWords } from '@/i18n'
import { usePush } from '@/state/push'
import { useSelection } from '@/state/selection'

export function useRing(): void {
  const { locale } = useWords()
  const push = usePush('desk')
  const selection = useSelection()

  function hear({ data }: MessageEvent<{ type?: string; url?: string }>): void {
    if (data.type !== 'open' || !data.url) return
    const id = new URL(data.url, location.origin).searchParams.get('case')
    if (id) selection.select(id)
  }
  onMounted(() => {
    navigator.serviceWorker?.addEventListener('message', hear)
    void push.load(locale.value).catch(() => undefined) // push is a comfort; the socket rings too
  })
  onBeforeUnmount(() => navigator.serviceWorker?.removeEventListener('message', hear))
}
