/** The board's choice of what and when, kept in the address; and when its figures are to be asked for anew. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, reactive, ref, watch } from 'vue'
import type { MetricsQuery } from '@/api/metrics'
import type { Figure } from '@/api/types'
import { useCity } from '@/state/city'
import { useLive } from '@/state/live'
import { dayIn, metricsQuery, readQuery, trendQuery, writeQuery } from './query'

/** Live figures change every second; what is asked for by HTTP follows at most so often. */
const REFRESH_MS = 8_000

export const useBoard = defineStore('board', () => {
  const live = useLive()
  const city = useCity()
  const query = reactive(readQuery(new URLSearchParams(location.search)))
  const today = ref(dayIn(live.nowMs(), city.timezone))
  /** Counts up whenever the figures may have moved. */
  const tick = ref(0)
  const asked = computed<MetricsQuery>(() => metricsQuery(query, today.value))
  const trendAsked = computed(() => trendQuery(asked.value))
  const todayAsked = computed<MetricsQuery>(() => ({ ...asked.value, from: today.value, to: today.value }))
  const bounded = computed(() => Boolean(query.district || query.street))
  let timer: ReturnType<typeof setTimeout> | undefined

  const stir = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      today.value = dayIn(live.nowMs(), city.timezone)
      tick.value += 1
    }, REFRESH_MS)
  }
  watch(() => live.overview, stir)
  onScopeDispose(() => clearTimeout(timer))

  watch(query, () => {
    const text = writeQuery(query).toString()
    history.replaceState(null, '', text ? `?${text}` : location.pathname)
  })
  function open(figure: Figure | undefined, name: string): void {
    if (!figure) return
    query.list = figure.link
    query.name = name
  }
  const close = (): void => {
    query.list = ''
    query.name = ''
  }
  return { query, today, tick, asked, trendAsked, todayAsked, bounded, open, close }
})
