/** The operator's desk: the calls that ring, what is parked, who was not answered; live, and read anew after a break. */
import { computed, onMounted, onScopeDispose, ref, shallowRef } from 'vue'
import { explain } from '@/actions/explain'
import { getDesk, takeSeat } from '@/api/hotline'
import type { CallView, HotlineDesk } from '@/api/types'
import { useWords } from '@/i18n'
import { connectLive, DESK_SILENCE_MS, type LiveConnection, type LiveStatus } from '@/live/connect'

/** A call that rings on while its end was lost, and who was not answered, are looked for so often. */
const EVERY_MS = 20_000

/** The calls as they are after one more word; what has ended is gone. */
export function fold(calls: readonly CallView[], call: CallView): CallView[] {
  const others = calls.filter(({ id }) => id !== call.id)
  if (call.state === 'ended' || call.state === 'missed') return others
  return [...others, call].sort((a, b) => Date.parse(a.begun_at) - Date.parse(b.begun_at))
}

export function useDesk(onCall: (call: CallView) => void) {
  const { t } = useWords()
  const desk = shallowRef<HotlineDesk | null>(null)
  const calls = shallowRef<CallView[]>([])
  const problem = ref('')
  const status = ref<LiveStatus>('connecting')
  const ringing = computed(() => calls.value.filter(({ state }) => state === 'ringing'))
  let connection: LiveConnection | undefined
  let timer = 0

  async function load(): Promise<void> {
    try {
      desk.value = await getDesk()
      calls.value = desk.value.live
      problem.value = ''
    } catch (error) {
      problem.value = explain(error, t)
    }
  }
  async function sit(extension: string): Promise<void> {
    await takeSeat(extension)
    await load()
  }
  onMounted(() => {
    let wasLive = false
    connection = connectLive({
      topics: ['calls'],
      silenceMs: DESK_SILENCE_MS,
      onFrame: (frame) => {
        if (frame.type !== 'call') return
        calls.value = fold(calls.value, frame.call)
        if (frame.call.state === 'missed' || frame.call.state === 'ended') void load()
        onCall(frame.call)
      },
      onStatus: (next) => {
        status.value = next
        // What was told while the line was down is in the list.
        if (next === 'live' && !wasLive) void load()
        wasLive = next === 'live'
      },
    })
    timer = window.setInterval(() => void (document.hidden || load()), EVERY_MS)
  })
  onScopeDispose(() => {
    connection?.close()
    clearInterval(timer)
  })
  return { desk, calls, ringing, problem, status, load, sit }
}
