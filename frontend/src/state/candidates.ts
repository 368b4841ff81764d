/** Whether the map shows who could have been sent to the case that is open. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Point } from '@/api/types'
import type { CandidateMark } from '@/map/layers/candidates'
import { useLive } from './live'
import { useSelection } from './selection'

export const useCandidates = defineStore('candidates', () => {
  const live = useLive()
  const selection = useSelection()
  const on = ref(false)
  const sent = computed(() => selection.journal.filter((entry) => entry.kind === 'TaskDispatched').at(-1))
  /** The candidates of the last sending, the cheapest first, where they are now. */
  const marks = computed<CandidateMark[]>(() => {
    const entry = sent.value
    if (entry?.kind !== 'TaskDispatched') return []
    const { candidates = [], worker } = entry.data
    return [...candidates]
      .sort((a, b) => a.cost - b.cost)
      .flatMap((row, index) => {
        const point: Point | undefined = live.findWorker(row.worker)?.point
        return point ? [{ worker: row.worker, point, rank: index + 1, chosen: row.worker === worker }] : []
      })
  })
  return { on, sent, marks }
})
