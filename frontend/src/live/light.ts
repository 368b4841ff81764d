/** Lights and countdowns: what time alone brings about, computed from the case and the server's clock. */
import type { CaseView, Light, Stage } from '@/api/types'

const CLOCK_RUNS: ReadonlySet<Stage> = new Set(['filed', 'dispatched', 'accepted', 'arrived'])
/** How long a case that waits for a person may wait, by priority: only for sorting, no limit of the standard. */
const PATIENCE_MS = { critical: 5 * 60_000, urgent: 15 * 60_000, general: 60 * 60_000 }
const CHECK_PATIENCE_MS = 2 * 3_600_000

interface Times {
  due: number
  warn: number
  filed: number
  handled: number
  opened: number
}
// Values in the fold are never changed, so what is parsed once stays right for as long as the value lives.
const parsed = new WeakMap<CaseView, Times>()
const parse = (at: string | null): number => (at ? Date.parse(at) : Number.NaN)

function timesOf(item: CaseView): Times {
  let times = parsed.get(item)
  if (!times) {
    times = {
      due: parse(item.due_at),
      warn: parse(item.warn_at),
      filed: parse(item.filed_at),
      handled: parse(item.handled_at),
      opened: parse(item.opened_at),
    }
    parsed.set(item, times)
  }
  return times
}

/** green until 70 % of the limit (`warn_at`), yellow until `due_at`, red after; none where there is no limit (GB/T 30428.8). */
export function lightOf(item: CaseView, nowMs: number): Light {
  if (!item.due_at || item.stage === 'void') return 'none'
  if (item.on_time !== null) return item.on_time ? 'green' : 'red'
  const times = timesOf(item)
  const seenMs = item.handled_at && !item.overdue ? times.handled : nowMs
  if (item.overdue || seenMs > times.due) return 'red'
  return seenMs >= times.warn ? 'yellow' : 'green'
}

export const clockRuns = (item: CaseView): boolean => item.due_at !== null && CLOCK_RUNS.has(item.stage)

/** Milliseconds to the due time (negative when over); null where no clock runs. */
export const leftMs = (item: CaseView, nowMs: number): number | null =>
  clockRuns(item) ? timesOf(item).due - nowMs : null

/** 0 at filing, 1 at the due time, more than 1 after; null where no clock runs. */
export function usedShare(item: CaseView, nowMs: number): number | null {
  if (!clockRuns(item)) return null
  const { due, filed } = timesOf(item)
  return due > filed ? Math.max(0, (nowMs - filed) / (due - filed)) : 1
}

/** The instant by which someone should have moved: the due time, or a patience where no clock runs. The smallest is most urgent. */
export function urgencyAt(item: CaseView): number {
  const times = timesOf(item)
  if (clockRuns(item)) return times.due
  if (item.stage === 'reported') return times.opened + PATIENCE_MS[item.priority]
  if (item.handled_at) return times.handled + CHECK_PATIENCE_MS
  return times.opened
}
