/** Figures of one panel: loaded, loaded anew when what is asked for or the live state changes, kept while they are. */
import { onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'
import { explain } from '@/actions/explain'
import { useWords } from '@/i18n'
import { useBoard } from './board'

export interface Loaded<T> {
  data: Ref<T | null>
  failure: Ref<string>
  load: () => Promise<void>
}

export function useFigures<T>(ask: () => Promise<T>, when: () => unknown): Loaded<T> {
  const { t } = useWords()
  const board = useBoard()
  const data = shallowRef<T | null>(null)
  const failure = ref('')
  let turn = 0
  let gone = false

  async function load(): Promise<void> {
    const mine = ++turn
    try {
      const answer = await ask()
      if (mine !== turn || gone) return
      data.value = answer
      failure.value = ''
    } catch (error) {
      if (mine === turn && !gone) failure.value = explain(error, t)
    }
  }
  watch(when, load, { immediate: true, deep: true })
  watch(() => board.tick, load)
  onScopeDispose(() => {
    gone = true
  })
  return { data, failure, load }
}
