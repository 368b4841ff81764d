/** All sources, kept fresh: what may have changed every few seconds, everything once a minute. */
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { listAllSources } from '@/api/sources'
import type { SourceView } from '@/api/types'
import { useWords } from '@/i18n'

const EVERY_MS = 5_000
/** Times at which everything is asked for: what has quietly become well, sources that are new or gone. */
const WHOLE_EVERY = 12
/** How much earlier than the last answer is asked for: a message on its way then must not be missed. */
const OVERLAP_MS = 2_000

export function useSources() {
  const { t } = useWords()
  const sources = shallowRef<ReadonlyMap<string, SourceView>>(new Map())
  const loading = ref(true)
  const problem = ref('')
  const freshAt = ref<number | null>(null)
  let timer = 0
  let round = 0
  let gone = false

  async function refresh(): Promise<void> {
    const began = Date.now()
    const whole = round % WHOLE_EVERY === 0 || freshAt.value === null
    try {
      const since = whole || freshAt.value === null ? null : new Date(freshAt.value - OVERLAP_MS).toISOString()
      const found = await listAllSources(since)
      const next = new Map(whole ? [] : sources.value)
      for (const source of found) next.set(source.id, source)
      sources.value = next
      freshAt.value = began
      problem.value = ''
      round += 1
    } catch (error) {
      problem.value = explain(error, t)
    } finally {
      loading.value = false
    }
  }
  async function run(): Promise<void> {
    if (!document.hidden) await refresh()
    if (!gone) timer = window.setTimeout(() => void run(), EVERY_MS)
  }
  onMounted(run)
  onBeforeUnmount(() => {
    gone = true
    clearTimeout(timer)
  })
  return { sources, loading, problem, freshAt, refresh }
}
