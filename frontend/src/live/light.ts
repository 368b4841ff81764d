/** Lights and countdowns: what time alone brings about, computed from the case and the server's clock. */
import type { CaseView, Light, Stage } from '@/api/types'

const CLOCK_RUNS: ReadonlySet<Stage> = new Set(['filed', 'dispatched', 'accepted', 'arrived'])

/** green until 70 % of the limit (`warn_at`), yellow until `due_at`, red after; none where there is no limit (GB/T 30428.8). */
export function lightOf(item: CaseView, nowMs: number): Light {
  if (!item.due_at || item.stage === 'void') return 'none'
  if (item.on_time !== null) return item.on_time ? 'green' : 'red'
  const seenMs = item.handled_at && !item.overdue ? Date.parse(item.handled_at) : nowMs
  if (item.overdue || seenMs > Date.parse(item.due_at)) return 'red'
  return item.warn_at && seenMs >= Date.parse(item.warn_at) ? 'yellow' : 'green'
}

export const clockRuns = (item: CaseView): boolean => item.due_at !== null && CLOCK_RUNS.has(item.stage)

/** 0 at filing, 1 at the due time, more than 1 after; null where no clock runs. */
export function usedShare(item: CaseView, nowMs: number): number | null {
  if (!item.due_at || !item.filed_at) return null
  const start = Date.parse(item.filed_at)
  const span = Date.parse(item.due_at) - start
  return span > 0 ? Math.max(0, (nowMs - start) / span) : 1
}
