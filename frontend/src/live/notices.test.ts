import { describe, expect, it } from 'vitest'
import type { Notice } from './messages'
import { onceEach, sentenceOf } from './notices'

const notice = (seqs: number[], more: Partial<Notice> = {}): Notice => ({
  seqs,
  kind: 'chain',
  priority: 'urgent',
  at: '2026-05-01T08:00:00Z',
  percent: 0,
  cases: [{ id: 'c1', number: '260501-00001', category: 'E0102', address: '', worker: '' }],
  ...more,
})

describe('notices', () => {
  it('are told once, also where a server that was killed sends them again', () => {
    const fresh = onceEach()
    expect(fresh([notice([1]), notice([2])])).toHaveLength(2)
    expect(fresh([notice([1]), notice([1, 2])])).toEqual([])
    expect(fresh([notice([2, 3])])).toHaveLength(1)
  })
  it('are remembered for a while only', () => {
    const fresh = onceEach()
    fresh(Array.from({ length: 1_500 }, (_, seq) => notice([seq])))
    expect(fresh([notice([1_499])])).toEqual([])
    expect(fresh([notice([0])])).toHaveLength(1)
  })
  it('say of which case, or of how many', () => {
    expect(sentenceOf(notice([1], { kind: 'limit', percent: 80 }))).toEqual([
      'notice.limit',
      { number: '260501-00001', percent: 80, n: 1 },
    ])
  })
})
