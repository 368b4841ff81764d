/**
 * What each case counts for: its queues, its light, and whether it passes the filters. Plain values, nothing reactive.
 *
 * Three things change it, each at its own pace: a fact changes one case, time turns the lights of a few, and another filter
 * asks all of them, but only whether they pass: that needs no look at their queues and clocks.
 */
import type { CaseView, Light } from '@/api/types'
import { lightOf } from '@/live/light'
import { bitOf, queueBits, QUEUES, type Viewpoint } from './queues'

/** One case as it was looked at last, for as long as it is held. `bits` are its queues, in the order of QUEUES. */
export interface Judged {
  readonly id: string
  item: CaseView
  bits: number
  light: Light
  passes: boolean
  /** It has not changed since an order was made that it stands in: else it is among the loose ones. */
  stands: boolean
  gone: boolean
  /** All words that it is found by, in lower case, once they were asked for. */
  words?: string
}
/** What a filter asks of a case. */
export type Test = (judged: Pick<Judged, 'item' | 'light' | 'words'>) => boolean
export type Eye = Omit<Viewpoint, 'light'>

const OPEN = bitOf('open')
const NOTHING = Object.freeze({}) as CaseView

export class Judgement {
  /** All open cases, whatever the filters. */
  open = 0
  /** Those that stand in no order as they are now, each once: what is new and what has changed. */
  loose: Judged[] = []
  private readonly all = new Map<string, Judged>()
  /** bits -> how many cases that pass have them: there are few kinds, however many cases. */
  private readonly kinds = new Map<number, number>()

  constructor(
    private readonly cases: ReadonlyMap<string, CaseView>,
    private test: Test,
  ) {}

  /** Look at some cases again: changed, new or gone. */
  look(ids: Iterable<string>, nowMs: number, eye: Eye): void {
    for (const id of ids) {
      const item = this.cases.get(id)
      if (item) this.keep(item, nowMs, eye)
      else this.drop(id)
    }
  }

  /** Look at all that are held, by another test. */
  lookAtAll(test: Test, nowMs: number, eye: Eye): void {
    this.test = test
    for (const judged of this.all.values()) this.leave(judged)
    this.all.clear()
    this.loose = []
    this.kinds.clear()
    this.open = 0
    for (const item of this.cases.values()) this.keep(item, nowMs, eye)
  }

  /** Ask all whether they pass another test. */
  narrow(test: Test): void {
    this.test = test
    this.kinds.clear()
    for (const judged of this.all.values()) {
      judged.passes = test(judged)
      if (judged.passes) this.count(judged.bits, 1)
    }
  }

  /** How many cases that pass are in each queue, in the order of QUEUES. */
  counts(): number[] {
    return QUEUES.map((_, at) => this.countIn(1 << at))
  }

  /** How many cases that pass are in one of the queues. */
  countIn(queues: number): number {
    let sum = 0
    for (const [bits, n] of this.kinds) if (bits & queues) sum += n
    return sum
  }

  /** The case, if it passes and is in one of the queues. */
  find(id: string, queues: number): Judged | undefined {
    const judged = this.all.get(id)
    return judged?.passes && judged.bits & queues ? judged : undefined
  }

  /** Every case that passes and is in one of the queues. */
  *each(queues: number): IterableIterator<Judged> {
    for (const judged of this.all.values()) if (judged.passes && judged.bits & queues) yield judged
  }

  /** Whether the case had another light when it was looked at. */
  hasTurned(item: CaseView, nowMs: number): boolean {
    const judged = this.all.get(item.id)
    return judged !== undefined && judged.light !== lightOf(item, nowMs)
  }

  /** Have the words of a case ready before anybody searches. */
  prepare(id: string, wordsOf: (item: CaseView) => string): void {
    const judged = this.all.get(id)
    if (judged) judged.words ??= wordsOf(judged.item)
  }

  /** The case keeps its place among the others: of those that are equally urgent none changes places by being touched. */
  private keep(item: CaseView, nowMs: number, eye: Eye): void {
    const light = lightOf(item, nowMs)
    const bits = queueBits(item, { ...eye, light })
    let judged = this.all.get(item.id)
    if (judged) {
      this.uncount(judged)
      if (judged.stands) this.loosen(judged)
      Object.assign(judged, { item, bits, light, words: undefined })
    } else {
      judged = { id: item.id, item, bits, light, passes: false, stands: false, gone: false }
      this.all.set(item.id, judged)
      this.loose.push(judged)
    }
    judged.passes = this.test(judged)
    this.open += Number((bits & OPEN) !== 0)
    if (judged.passes) this.count(bits, 1)
  }

  private loosen(judged: Judged): void {
    judged.stands = false
    this.loose.push(judged)
  }

  private drop(id: string): void {
    const judged = this.all.get(id)
    if (!judged) return
    this.all.delete(id)
    this.uncount(judged)
    this.leave(judged)
  }

  /** Lists that were made of it may hold it for hours: what it was is let go. */
  private leave(judged: Judged): void {
    Object.assign(judged, { gone: true, passes: false, item: NOTHING, words: undefined })
  }

  private uncount({ bits, passes }: Judged): void {
    this.open -= Number((bits & OPEN) !== 0)
    if (passes) this.count(bits, -1)
  }

  private count(bits: number, by: number): void {
    this.kinds.set(bits, (this.kinds.get(bits) ?? 0) + by)
  }
}
