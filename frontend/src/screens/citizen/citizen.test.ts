import { describe, expect, it } from 'vitest'
import { faultsOf } from './state/check'
import { blank, isBlank, readDraft } from './state/draft'
import { readRoute } from './state/route'

describe('a report', () => {
  it('needs words or a category, and a place in whatever form', () => {
    expect(faultsOf(blank())).toEqual(['what', 'where'])
    expect(faultsOf({ ...blank(), text: ' ', address: ' ' })).toEqual(['what', 'where'])
    expect(faultsOf({ ...blank(), category: 'E0102', lon: 106.5, lat: 29.5 })).toEqual([])
    expect(faultsOf({ ...blank(), text: '灯坏了', address: '解放碑' })).toEqual([])
  })
  it('takes no letters for a telephone number', () => {
    const said = { ...blank(), text: 'x', address: 'y' }
    expect(faultsOf({ ...said, phone: '+86 (23) 6376-0000' })).toEqual([])
    expect(faultsOf({ ...said, phone: 'call me' })).toEqual(['phone'])
  })
})

describe('a draft', () => {
  it('comes back as it was kept', () => {
    const fields = { ...blank(), text: '灯坏了', lon: 106.5, lat: 29.5 }
    expect(readDraft(JSON.stringify(fields))).toEqual(fields)
    expect(isBlank(fields)).toBe(false)
  })
  it('is blank where what was kept is not ours', () => {
    expect(readDraft('{')).toEqual(blank())
    expect(readDraft(JSON.stringify({ text: 7, lon: 'x', other: 1 }))).toEqual(blank())
    expect(isBlank(readDraft(null))).toBe(true)
  })
})

it('finds the token behind the hash', () => {
  expect(readRoute('#/follow/abc')).toEqual({ page: 'follow', token: 'abc', fresh: false })
  expect(readRoute('#/follow/abc/new')).toEqual({ page: 'follow', token: 'abc', fresh: true })
  expect(readRoute('#/')).toEqual({ page: 'form' })
})
