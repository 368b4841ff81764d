/** The hotline's screen: what is kept of a report, what its strokes do, how its calls come and go. */
import { describe, expect, it, vi } from 'vitest'
import type { CallView } from '@/api/types'
import { fold } from './state/useDesk'
import { type Strokes, strokeOf } from './state/useStrokes'
import { blank, findMissing, isBlank, readFields, toReport } from './state/useTaking'

const call = (id: string, state: CallView['state'], begun = '2026-05-01T08:00:00Z'): CallView =>
  ({ id, state, begun_at: begun, number: '1', shown: '1', masked: false }) as CallView

describe('calls', () => {
  it('come in the order in which they began, and are told once each', () => {
    const late = call('b', 'ringing', '2026-05-01T08:01:00Z')
    const calls = fold(fold([], late), call('a', 'ringing'))
    expect(calls.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(fold(calls, call('a', 'answered')).map(({ state }) => state)).toEqual(['answered', 'ringing'])
  })
  it.each(['ended', 'missed'] as const)('that have %s are gone', (state) => {
    expect(fold([call('a', 'ringing')], call('a', state))).toEqual([])
  })
})

describe('a report', () => {
  it('is blank while nothing but a number stands in it', () => {
    expect(isBlank({ ...blank(), number: '12319' })).toBe(true)
    expect(isBlank({ ...blank(), text: 'a lamp' })).toBe(false)
    expect(isBlank({ ...blank(), lon: 1, lat: 2 })).toBe(false)
  })
  it('needs words or a category, and a number to be called back at', () => {
    expect(findMissing(blank())).toBe('needWords')
    expect(findMissing({ ...blank(), category: 'E0504' })).toBe('')
    expect(findMissing({ ...blank(), text: 'x', callback: true })).toBe('needNumber')
    expect(findMissing({ ...blank(), text: 'x', callback: true, number: '1' })).toBe('')
  })
  it('is read back as it was kept, and nothing else is', () => {
    const kept = { text: 'a lamp', lon: 1.5, lat: 2.5, urgent: true, category: 7, other: 'x' }
    expect(readFields(kept)).toEqual({ ...blank(), text: 'a lamp', lon: 1.5, lat: 2.5, urgent: true })
  })
  it('is sent with the name of its place where nothing was typed', () => {
    const sent = toReport({ ...blank(), text: 'x', placeName: 'Jiefangbei' }, 'k', 'c')
    expect(sent).toMatchObject({ key: 'k', call_id: 'c', address: 'Jiefangbei' })
    expect('placeName' in sent).toBe(false)
    expect(toReport({ ...blank(), address: 'No. 12', placeName: 'y' }, 'k', '').address).toBe('No. 12')
  })
})

describe('strokes', () => {
  const strokes = (): Strokes => ({
    file: vi.fn(),
    next: vi.fn(),
    park: vi.fn(),
    suggested: vi.fn(),
    near: vi.fn(),
    urgent: vi.fn(),
    callback: vi.fn(),
  })
  const press = (code: string, more: Partial<KeyboardEvent> = {}) => ({
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: true,
    ...more,
  })
  it('file by Ctrl or Cmd and Enter', () => {
    for (const held of ['ctrlKey', 'metaKey'] as const) {
      const done = strokes()
      expect(strokeOf(press('Enter', { altKey: false, [held]: true }), done)).toBe(true)
      expect(done.file).toHaveBeenCalledOnce()
    }
  })
  it('choose categories by the first three digits, cases near by with those after them', () => {
    const done = strokes()
    for (const digit of ['1', '3', '4', '8']) strokeOf(press(`Digit${digit}`), done)
    expect(vi.mocked(done.suggested).mock.calls).toEqual([[0], [2]])
    expect(vi.mocked(done.near).mock.calls).toEqual([[0], [4]])
  })
  it('are none without Alt: what is typed stays what is typed', () => {
    const done = strokes()
    for (const code of ['Digit1', 'KeyU', 'Enter']) expect(strokeOf(press(code, { altKey: false }), done)).toBe(false)
    expect(strokeOf(press('KeyZ'), done)).toBe(false)
    expect(strokeOf(press('Digit1', { ctrlKey: true }), done)).toBe(false)
  })
})
