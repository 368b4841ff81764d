/**
 * What each case counts for: its queues, its light, and whether it passes the filters. Plain values, nothing reactive.
 *
 * Three things change it, each at its own pace: a fact changes one case, time turns the lights of a few, and another filter
 * asks all of them, but only whether they pass: that needs no look at their queues and clocks.
 */
import type { CaseView, Light } from '@/api/types'
import { lightOf } from '@/live/light'
import { bitOf, queueBits, QUEUES, type Viewpoint } from './queues'

/** One case as it was looked at last. `bits` are its queues, in the order of QUEUES. */
export interface Judged {
  readonly item: CaseView
  readonly bits: number
  readonly light: Light
  /** Its own words in lower case, once somebody has searched for one. */
  own?: string
}
export type Test = (judged: Judged) => boolean
export type Eye = Omit<Viewpoint, 'light'>

const OPEN = bitOf('open')

export class Judgement {
  /** Cases that pass, by queue in the order of QUEUES. */
  readonly counts = new Array<number>(QUEUES.length).fill(0)
  /** All open cases, whatever the filters. */
  open = 0
  private readonly all = new Map<string, Judged>()
  private readonly passing = new Map<string, Judged>()

  constructor(
    private readonly cases: ReadonlyMap<string, CaseView>,
    private test: Test,
  ) {}

  /** Look at some cases again: changed, new or gone. */
  look(ids: Iterable<string>, nowMs: number, eye: Eye): void {
    for (const id of ids) {
      const item = this.cases.get(id)
      if (item) this.keep(id, item, nowMs, eye)
      else this.drop(id)
    }
  }

  /** Look at all that are held, by another test. */
  lookAtAll(test: Test, nowMs: number, eye: Eye): void {
    this.test = test
    this.all.clear()
    this.passing.clear()
    this.counts.fill(0)
    this.open = 0
    for (const item of this.cases.values()) this.keep(item.id, item, nowMs, eye)
  }

  /** Ask all whether they pass another test. */
  narrow(test: Test): void {
    this.test = test
    this.passing.clear()
    this.counts.fill(0)
    for (const [id, judged] of this.all) if (test(judged)) this.pass(id, judged)
  }

  /** The case, if it passes and is in one of the queues. */
  find(id: string, queues: number): Judged | undefined {
    const judged = this.passing.get(id)
    return judged && judged.bits & queues ? judged : undefined
  }

  /** Every case that passes and is in one of the queues. */
  *each(queues: number): IterableIterator<Judged> {
    for (const judged of this.passing.values()) if (judged.bits & queues) yield judged
  }

  /** Whether the case had another light when it was looked at. */
  hasTurned(item: CaseView, nowMs: number): boolean {
    const judged = this.all.get(item.id)
    return judged !== undefined && judged.light !== lightOf(item, nowMs)
  }

  /** The case keeps its place among the others: of those that are equally urgent none changes places by being touched. */
  private keep(id: string, item: CaseView, nowMs: number, eye: Eye): void {
    const light = lightOf(item, nowMs)
    const judged = { item, light, bits: queueBits(item, { ...eye, light }) }
    this.open += Number((judged.bits & OPEN) !== 0) - Number(((this.all.get(id)?.bits ?? 0) & OPEN) !== 0)
    this.all.set(id, judged)
    const before = this.passing.get(id)
    if (before) this.count(before, -1)
    if (this.test(judged)) this.pass(id, judged)
    else this.passing.delete(id)
  }

  private pass(id: string, judged: Judged): void {
    this.passing.set(id, judged)
    this.count(judged, 1)
  }

  private drop(id: string): void {
    const judged = this.all.get(id)
    if (!judged) return
    this.all.delete(id)
    if (judged.bits & OPEN) this.open -= 1
    if (this.passing.delete(id)) this.count(judged, -1)
  }

  private count({ bits }: Judged, by: number): void {
    for (let at = 0; at < QUEUES.length; at += 1) if ((bits >> at) & 1) this.counts[at] = (this.counts[at] ?? 0) + by
  }
}
