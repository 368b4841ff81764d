import { describe, expect, it } from 'vitest'
import type { CaseView, Template } from '@/api/types'
import { addPhrase, inAll, phrasesFor } from './phrases'

const row = (id: string, kind: string, zh: string, en: string, category = ''): Template => ({
  id,
  kind,
  text: { zh, en },
  category,
})
const ROWS = [
  row('a', 'void', '重复', 'Twice'),
  row('b', 'void', '{address}无此问题', 'Nothing at {address}: {number}', 'E0102'),
  row('c', 'void', '灯已修好', 'The lamp works', 'P0118'),
  row('d', 'refuse', '请于{due}前办结', ''),
]
const ITEM = { category: { code: 'E0102' } } as CaseView
const FILLED = { number: '42', category: 'Litter', address: 'Main Street', due: '18:00' }
const of = (name: 'void' | 'refuse' | 'merge', locale: 'zh' | 'en'): string[] =>
  phrasesFor(ROWS, name, ITEM, locale, FILLED)

describe('phrases', () => {
  it('fit the command and the category, whose own stand first, and are filled', () => {
    expect(of('void', 'en')).toEqual(['Nothing at Main Street: 42', 'Twice'])
  })
  it('fit the language, and are offered in the other where there is none', () => {
    expect(of('void', 'zh')).toEqual(['Main Street无此问题', '重复'])
    expect(of('refuse', 'en')).toEqual(['请于18:00前办结'])
  })
  it('are none for a command that the pack has no kind for', () => {
    expect(of('merge', 'en')).toEqual([])
  })
  it('are for several cases at once only what is true of each', () => {
    const other = phrasesFor(ROWS, 'void', ITEM, 'en', { ...FILLED, number: '43' })
    expect(inAll(of('void', 'en'), [other])).toEqual(['Twice'])
    expect(inAll(of('void', 'en'), [])).toEqual(of('void', 'en'))
    expect(inAll([], [other])).toEqual([])
  })
  it('leave the rows in their order', () => {
    const before = ROWS.map(({ id }) => id)
    of('void', 'en')
    expect(ROWS.map(({ id }) => id)).toEqual(before)
  })
})

describe('a phrase that is picked', () => {
  it('goes behind what is written, once', () => {
    expect(addPhrase('', 'Twice', 'en', 99)).toBe('Twice')
    expect(addPhrase('Seen. ', 'Twice', 'en', 99)).toBe('Seen.; Twice')
    expect(addPhrase('Seen; Twice', 'Twice', 'en', 99)).toBe('Seen; Twice')
  })
  it('stays out where there is no room for all of it', () => {
    expect(addPhrase('12345', 'Twice', 'en', 10)).toBe('12345')
  })
})
