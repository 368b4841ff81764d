/** One ticking "now" for all countdowns of a page: the server's clock, once a second. */
import { defineStore } from 'pinia'
import { onScopeDispose, ref } from 'vue'
import { useLive } from './live'

export const useClock = defineStore('clock', () => {
  const live = useLive()
  const nowMs = ref(live.nowMs())
  const timer = setInterval(() => {
    nowMs.value = live.nowMs()
  }, 1000)
  onScopeDispose(() => clearInterval(timer))
  return { nowMs }
})
