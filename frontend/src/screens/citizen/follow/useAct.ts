/** One act of who follows his report: once at a time, under one key until it is done, with the server's own words where it refuses. */
import { ref, type Ref } from 'vue'
import { explain } from '@/actions/explain'
import { newKey } from '@/api/client'
import type { FollowView } from '@/api/types'
import { useWords } from '@/i18n'

export interface Acting {
  busy: Ref<boolean>
  failure: Ref<string>
  /** Do it; true once it is done. `done` gets how the report stands then. */
  run: (act: (key: string) => Promise<FollowView>) => Promise<boolean>
}

export function useAct(done: (view: FollowView) => void): Acting {
  const { t } = useWords()
  const busy = ref(false)
  const failure = ref('')
  let key = newKey()

  async function run(act: (key: string) => Promise<FollowView>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    failure.value = ''
    try {
      done(await act(key))
      key = newKey()
      return true
    } catch (error) {
      failure.value = explain(error, t)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, run }
}
