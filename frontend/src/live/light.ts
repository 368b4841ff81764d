/** Lights and countdowns: what time alone brings about, computed from the case and the server's clock. */
import type { CaseView, Light, Stage } from '@/api/types'

const CLOCK_RUNS: ReadonlySet<Stage> = new Set(['filed', 'dispatched', 'accepted', 'arrived'])

/** green until 70 % of the limit (`warn_at`), yellow until `due_at`, red after; none where no clock runs (GB/T 30428.8). */
export function lightOf(item: CaseView, nowMs: number): Light {
  if (!item.due_at) return 'none'
  const stoppedAt = item.handled_at ?? item.closed_at
  const at = CLOCK_RUNS.has(item.stage) || !stoppedAt ? nowMs : Date.parse(stoppedAt)
  if (at > Date.parse(item.due_at)) return 'red'
  return item.warn_at && at >= Date.parse(item.warn_at) ? 'yellow' : 'green'
}

export const clockRuns = (item: CaseView): boolean => item.due_at !== null && CLOCK_RUNS.has(item.stage)

/** 0 at filing, 1 at the due time, more than 1 after; null where no clock runs. */
export function usedShare(item: CaseView, nowMs: number): number | null {
  if (!item.due_at || !item.filed_at) return null
  const start = Date.parse(item.filed_at)
  const span = Date.parse(item.due_at) - start
  return span > 0 ? Math.max(0, (nowMs - start) / span) : 1
}
