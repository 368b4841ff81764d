/** How the screens beside the console begin: who is it, may he, what is the city; and what went wrong. */
import { onMounted, ref } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'
import { useCity } from '@/state/city'
import { useSession } from '@/state/session'

/** `screen` names the page in its title; `refusal` is what somebody reads who may not. `more` is loaded beside the city. */
export function useStart(
  screen: string,
  options: { may?: () => boolean; refusal?: string; more?: () => Promise<unknown> } = {},
) {
  const { t } = useWords()
  const session = useSession()
  const city = useCity()
  const ready = ref(false)
  const failure = ref('')

  async function start(): Promise<void> {
    failure.value = ''
    try {
      if (!(await session.require())) return
      if (options.may && !options.may()) {
        failure.value = t(options.refusal ?? '')
        return
      }
      await Promise.all([city.load(), options.more?.()])
      ready.value = true
    } catch (error) {
      failure.value = explain(error, t)
    }
  }
  onMounted(() => {
    document.title = `${t(`screen.${screen}`)} · Wardline`
    void start()
  })
  return { ready, failure, start }
}
