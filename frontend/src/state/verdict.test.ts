import { describe, expect, it } from 'vitest'
import { nextOf, waitsForVerdict } from './verdict'

const category = { code: 'E0102', name: { zh: '暴露垃圾', en: 'Litter' } }

describe('what a person judges with one key', () => {
  it('is what a machine has opened and nobody has looked at', () => {
    expect(waitsForVerdict({ kind: 'exposed_litter', stage: 'reported', category })).toBe(true)
    expect(waitsForVerdict({ kind: '', stage: 'reported', category })).toBe(false)
    expect(waitsForVerdict({ kind: 'exposed_litter', stage: 'filed', category })).toBe(false)
  })
  it('is not what has no category yet: that must be said first', () => {
    const unknown = { ...category, code: '' }
    expect(waitsForVerdict({ kind: 'exposed_litter', stage: 'reported', category: unknown })).toBe(false)
  })
})

describe('the next one', () => {
  const even = (id: string): boolean => Number(id) % 2 === 0
  it('comes after the one just judged', () => expect(nextOf(['1', '2', '3', '4'], '2', even)).toBe('4'))
  it('comes from the beginning where the list is at its end', () =>
    expect(nextOf(['2', '3', '4'], '4', even)).toBe('2'))
  it('is never the one just judged', () => expect(nextOf(['1', '2', '3'], '2', even)).toBe(''))
  it('is the first of the list where that one has left it', () => expect(nextOf(['2', '4'], '8', even)).toBe('2'))
})
