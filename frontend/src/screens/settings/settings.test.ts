import { describe, expect, it } from 'vitest'
import type { Column, RowView } from '@/api/settings'
import { byKey, editOf, linesOf } from './state/matrix'
import { tell } from './state/names'
import { readRoute, urlOf } from './state/route'
import { spansOf } from './state/shifts'
import { editOf as editDay, kindOf, monthsOf, specialDays } from './state/year'
import { move, search } from './table/grid'

const row = (cells: Record<string, string>): RowView => ({
  key: `${cells['category']}|${cells['trade']}|${cells['area']}`,
  line: 1,
  cells,
  state: '',
  before: null,
})

describe('the address', () => {
  it('names a page and a row, whatever the row is called', () => {
    const url = urlOf('duties', '|sanitation|a/b')
    expect(readRoute(url)).toEqual({ page: 'duties', item: '|sanitation|a/b' })
    expect(readRoute('')).toEqual({ page: 'categories', item: '' })
  })
})

describe('the table', () => {
  const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey })
  it('moves within its edges', () => {
    expect(move({ row: 0, column: 0 }, key('ArrowUp'), 5, 3, 2)).toEqual({ row: 0, column: 0 })
    expect(move({ row: 4, column: 2 }, key('PageUp'), 5, 3, 2)).toEqual({ row: 2, column: 2 })
    expect(move({ row: 1, column: 1 }, key('End', true), 5, 3, 2)).toEqual({ row: 4, column: 2 })
    expect(move({ row: 0, column: 0 }, key('a'), 5, 3, 2)).toBeNull()
    expect(move({ row: 0, column: 0 }, key('ArrowDown'), 0, 3, 2)).toBeNull()
  })
  it('finds rows that hold all words', () => {
    const texts = ['water cover', 'lamp', 'water lamp']
    expect(search([1, 2, 3], texts, ' Lamp  water')).toEqual([3])
    expect(search([1, 2, 3], texts, '')).toEqual([1, 2, 3])
  })
})

describe('the matrix', () => {
  const rows = [row({ department: 'san', category: '', trade: 'sanitation', area: '' })]
  it('has a line for every trade and for what rows speak of', () => {
    const more = row({ department: 'san', category: 'E1', trade: '', area: 's1' })
    expect(linesOf([...rows, more], ['sanitation', 'gas'])).toEqual([
      { category: '', trade: '' },
      { category: '', trade: 'sanitation' },
      { category: '', trade: 'gas' },
      { category: 'E1', trade: '' },
    ])
  })
  it('turns a choice into a new row, a change, or the end of a row', () => {
    const held = byKey(rows).get('|sanitation|')
    const line = { category: '', trade: 'sanitation' }
    expect(editOf(held, line, '', 'mun')).toEqual({ op: 'put', key: '|sanitation|', cells: { department: 'mun' } })
    expect(editOf(held, line, '', '')).toEqual({ op: 'remove', key: '|sanitation|' })
    expect(editOf(held, line, '', 'san')).toBeNull()
    expect(editOf(undefined, line, 's1', 'mun')).toEqual({
      op: 'put',
      cells: { department: 'mun', category: '', trade: 'sanitation', area: 's1' },
    })
    expect(editOf(undefined, line, 's1', '')).toBeNull()
  })
})

describe('the year', () => {
  const [january] = monthsOf(2026)
  const weekend = new Set(['sat', 'sun'])
  it('begins its weeks on Monday', () => {
    expect(january).toHaveLength(31)
    expect(january?.[0]).toEqual({ iso: '2026-01-01', day: 1, weekday: 3 })
    expect(monthsOf(2028)[1]).toHaveLength(29)
  })
  const days = (cells: Record<string, string>, section = 'holidays') =>
    specialDays((id) => (id === section ? [{ ...row(cells), key: `${cells['date']}|` }] : []))
  const saturday = january?.[2] ?? { iso: '', day: 0, weekday: 0 }
  const thursday = january?.[0] ?? saturday
  it('works on make-up days and rests on holidays', () => {
    const makeup = days({ date: saturday.iso, kind: 'workday', calendars: '' })
    const holiday = days({ date: thursday.iso }, 'calendar-holidays')
    const others = days({ date: thursday.iso, kind: 'holiday', calendars: 'parks' })
    expect(kindOf(thursday, weekend, undefined)).toBe('work')
    expect(kindOf(saturday, weekend, undefined)).toBe('weekend')
    expect(kindOf(saturday, weekend, makeup.get(saturday.iso))).toBe('makeup')
    expect(kindOf(thursday, weekend, holiday.get(thursday.iso))).toBe('holiday')
    expect(others.size).toBe(0)
  })
  it('turns a click into a row, or takes the row out where it stands', () => {
    expect(editDay(saturday, 'weekend', undefined)).toEqual({
      section: 'holidays',
      edit: { op: 'put', cells: { date: saturday.iso, kind: 'workday', basis: 'announced' } },
    })
    const holiday = days({ date: thursday.iso }, 'calendar-holidays').get(thursday.iso)
    expect(editDay(thursday, 'holiday', holiday)).toEqual({
      section: 'calendar-holidays',
      edit: { op: 'remove', key: `${thursday.iso}|` },
    })
  })
})

describe('a shift', () => {
  it('that runs past midnight has two stretches', () => {
    expect(spansOf('22:00', '06:00')).toEqual([
      { from: 1320, to: 1440 },
      { from: 0, to: 360 },
    ])
    expect(spansOf('06:00', '14:00')).toEqual([{ from: 360, to: 840 }])
    expect(spansOf('22:00', '24:00')).toEqual([{ from: 1320, to: 1440 }])
    expect(spansOf('25:00', 'x')).toEqual([])
  })
})

describe('a cell', () => {
  const column = (more: Partial<Column>): Column => ({
    name: 'x',
    label: { zh: '', en: '' },
    help: { zh: '', en: '' },
    kind: 'text',
    options: [],
    refers: '',
    needed: false,
    fixed: false,
    optional: false,
    usual: '',
    ...more,
  })
  const say = (words: { en: string }): string => words.en
  it('is told by its name, and an unknown code as it is', () => {
    const priority = column({ kind: 'choice', options: [{ value: 'urgent', label: { zh: '紧急', en: 'urgent!' } }] })
    expect(tell(priority, 'urgent', null, say)).toBe('urgent!')
    expect(tell(priority, 'odd', null, say)).toBe('odd')
    expect(tell(column({ kind: 'flag', usual: 'true' }), '', null, say)).toBe('yes')
    expect(tell(column({ kind: 'list' }), 'a| b |', null, say)).toBe('a · b')
  })
})
