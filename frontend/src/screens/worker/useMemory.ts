/** What this phone remembers of its tasks between two lines: kept while there is one, shown when there is none. */
import { defineStore } from 'pinia'
import { toRaw, watch } from 'vue'
import { useCity } from '@/state/city'
import { useLive } from '@/state/live'
import { usePhrases } from '@/state/phrases'
import { useSession } from '@/state/session'
import { useDetails } from './state/details'
import { useDuty } from './state/duty'
import { dropSnapshot, saveSnapshot, type Snapshot } from './state/snapshot'
import { isMine } from './state/steps'

/** Tasks change in bursts: one write for all. */
const SAVE_MS = 1_000

export const useMemory = defineStore('memory', () => {
  const live = useLive()
  const session = useSession()
  const city = useCity()
  const duty = useDuty()
  const phrases = usePhrases()
  const details = useDetails()
  let begun = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function restore(kept: Snapshot): void {
    session.me = kept.me
    city.city = kept.city
    phrases.templates = kept.templates ?? []
    duty.worker = kept.worker
    details.restore(kept.details)
    for (const item of kept.tasks) if (!live.loaded) live.put(item)
  }
  async function save(): Promise<void> {
    const { me } = session
    if (!me || !city.city || !duty.worker || !live.loaded) return
    const tasks = live.allCases().filter((item) => isMine(item, me.worker_id))
    const plain = {
      me: toRaw(me),
      city: city.city,
      templates: phrases.templates,
      worker: duty.worker,
      tasks,
      details: details.list(),
    }
    await saveSnapshot({
      username: me.username,
      ...(JSON.parse(JSON.stringify(plain)) as typeof plain),
      atMs: Date.now(),
    })
  }
  function look(): void {
    const worker = session.me?.worker_id ?? ''
    const mine = live.allCases().filter((item) => isMine(item, worker))
    if (live.loaded) details.keepOnly(new Set(mine.map(({ id }) => id)))
    for (const item of mine) details.want(item)
    clearTimeout(timer)
    timer = setTimeout(() => void save(), SAVE_MS)
  }
  /** From here on every change is kept. */
  function begin(): void {
    if (begun) return
    begun = true
    watch([() => live.casesTick, () => details.held, () => duty.worker, () => phrases.templates], look, {
      immediate: true,
    })
  }
  const forget = async (): Promise<void> => {
    clearTimeout(timer)
    if (session.me) await dropSnapshot(session.me.username)
  }
  return { restore, begin, forget }
})
