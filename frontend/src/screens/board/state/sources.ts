/** Sources counted by kind and state. Pure. */
import type { SourceView } from '@/api/types'

export const STATES = ['live', 'silent', 'lost', 'never'] as const
export type SourceState = (typeof STATES)[number]
export interface KindCount {
  kind: string
  counts: Record<SourceState, number>
  all: number
}

export function countByKind(sources: SourceView[]): KindCount[] {
  const kinds = new Map<string, KindCount>()
  for (const { kind, state } of sources) {
    const row = kinds.get(kind) ?? { kind, counts: { live: 0, silent: 0, lost: 0, never: 0 }, all: 0 }
    row.counts[state] += 1
    row.all += 1
    kinds.set(kind, row)
  }
  return [...kinds.values()].sort((a, b) => b.all - a.all)
}

/** The lost ones, the longest silent first. */
export const lostOnes = (sources: SourceView[]): SourceView[] =>
  sources
    .filter(({ state }) => state === 'lost')
    .sort((a, b) => ((a.last_heard_at ?? '') < (b.last_heard_at ?? '') ? -1 : 1))
