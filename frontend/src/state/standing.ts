/**
 * The order in which the list stands. What was sorted once is not sorted again: of the cases that stand in an order those
 * that have not changed since are in it still, and the few that are loose find their places among them.
 */
import type { CaseView } from '@/api/types'
import { numberBy, type Sayings, type Sort, sortBy } from './arrange'
import type { Judged, Judgement } from './judged'

/** Where more than such a part is loose, all are sorted. */
const FEW = 8
/** So many may be loose before the order is made anew with them in it. */
const LOOSE_MAX = 1_000

const itemOf = ({ item }: Judged): CaseView => item

export class Standing {
  /** The most that was sorted in one order; whoever is in it and has changed since stands in it no longer. */
  private rows: Judged[] = []
  private by = ''

  constructor(private readonly judgement: Judgement) {}

  /** The cases that pass and are in one of the queues, in order. */
  arrange(queues: number, sort: Sort, reverse: boolean, say: Sayings): Judged[] {
    const by = `${sort} ${String(reverse)}`
    const key = numberBy(sort)
    const wanted = ({ passes, bits }: Judged): boolean => passes && (bits & queues) !== 0
    if (key && by === this.by) {
      const loose = this.judgement.loose.filter(wanted)
      const kept = this.rows.filter((row) => row.stands && wanted(row))
      if (loose.length * FEW <= kept.length) {
        const merged = merge(kept, sortBy(loose, itemOf, sort, reverse, say), key, reverse ? -1 : 1)
        if (this.judgement.loose.length > LOOSE_MAX) this.adopt(merged, by)
        return merged
      }
    }
    const sorted = sortBy(Array.from(this.judgement.each(queues)), itemOf, sort, reverse, say)
    if (key) this.adopt(sorted, by)
    return sorted
  }

  /** Keep an order, unless a larger one is kept already; who is not in it is loose. */
  private adopt(sorted: Judged[], by: string): void {
    const { judgement } = this
    if (by === this.by && sorted.length < this.rows.length) {
      judgement.loose = judgement.loose.filter(({ gone }) => !gone)
      return
    }
    const stood = this.rows.filter((row) => row.stands)
    for (const row of stood) row.stands = false
    for (const row of sorted) row.stands = true
    judgement.loose = [...stood, ...judgement.loose].filter(({ stands, gone }) => !stands && !gone)
    this.rows = sorted
    this.by = by
  }
}

/** Two orders as one; of equals those of the first stand before. */
function merge(first: Judged[], second: Judged[], key: (item: CaseView) => number, sign: number): Judged[] {
  if (!second.length) return first
  const merged: Judged[] = []
  let from = 0
  for (const row of second) {
    const place = placeOf(sign * key(row.item), first, from, (other) => sign * key(other.item))
    for (; from < place; from += 1) merged.push(first[from] as Judged)
    merged.push(row)
  }
  for (; from < first.length; from += 1) merged.push(first[from] as Judged)
  return merged
}

/** The first place, from one on, of what comes behind `at`. */
function placeOf(at: number, rows: Judged[], from: number, key: (row: Judged) => number): number {
  let low = from
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (key(rows[middle] as Judged) > at) high = middle
    else low = middle + 1
  }
  return low
}
