/** On duty or not, and where: while on duty the phone tells the server its position, now and then. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { forgetPosition, getOwnWorker, setDuty, tellPosition } from '@/api/worker'
import type { Point, WorkerView } from '@/api/types'
import { type Fix, followMe, type NoFix } from '@/device/where'
import { useLive } from '@/state/live'
import { worthTelling } from './tell'

const AGAIN_MS = 15_000
const SHARE = 'wardline.worker.share'

export const useDuty = defineStore('duty', () => {
  const live = useLive()
  const worker = shallowRef<WorkerView | null>(null)
  const fix = shallowRef<Fix | null>(null)
  const noFix = ref<NoFix | null>(null)
  const toldAt = ref<number | null>(null)
  const busy = ref(false)
  const onDuty = computed(() => worker.value?.on_duty ?? false)
  /** Whether the desk may know where I am while I am on duty: mine to switch. */
  const share = ref(localStorage.getItem(SHARE) !== 'off')
  const sharing = computed(() => onDuty.value && share.value)
  /** Where I am: the phone's word, else the server's last. */
  const point = computed<Point | null>(() => fix.value?.point ?? worker.value?.point ?? null)
  let told: Fix | null = null
  let telling = false
  let stop: (() => void) | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  async function tell(next: Fix): Promise<void> {
    if (telling || !worthTelling(told, next)) return
    telling = true
    try {
      await tellPosition(next.point, next.accuracyM, next.headingDeg, new Date(next.atMs).toISOString())
      told = next
      toldAt.value = live.nowMs()
    } catch {
      // No answer or a refusal: only the last position counts, and the next one comes by itself.
    } finally {
      telling = false
    }
  }
  watch(share, (on) => localStorage.setItem(SHARE, on ? 'on' : 'off'))
  watch(sharing, (on, before) => {
    stop?.()
    stop = undefined
    clearInterval(timer)
    if (!on) {
      fix.value = null
      told = null
      toldAt.value = null
      if (before) void forgetPosition().catch(() => undefined) // the server forgets those off duty by itself
      return
    }
    // Who stands still gets no new position from his phone, and what could not be told is told again.
    timer = setInterval(() => {
      if (fix.value) void tell({ ...fix.value, atMs: Date.now() })
    }, AGAIN_MS)
    stop = followMe(
      (next) => {
        fix.value = next
        noFix.value = null
        void tell(next)
      },
      (why) => {
        noFix.value = why
      },
    )
  })

  const load = async (): Promise<void> => {
    worker.value = await getOwnWorker()
  }
  async function sign(on: boolean): Promise<void> {
    busy.value = true
    try {
      worker.value = await setDuty(on)
    } finally {
      busy.value = false
    }
  }
  live.onChanges(({ facts }) => {
    for (const { kind, data } of facts)
      if ((kind === 'WorkerSignedOn' || kind === 'WorkerSignedOff') && worker.value?.id === data.worker)
        worker.value = { ...worker.value, on_duty: kind === 'WorkerSignedOn' }
  })
  return { worker, onDuty, share, sharing, busy, point, fix, noFix, toldAt, load, sign }
})
