import { afterEach, describe, expect, it, vi } from 'vitest'
import { publicFeatures } from '@/map/layers/public'
import { blank } from './state/draft'
import { applyPrefill, readPrefill } from './state/prefill'
import { readBox, readFilter, writeBox, writeQuery } from './state/public'
import { readRoute } from './state/route'

describe('the public map', () => {
  it('has its own page, and each case one', () => {
    expect(readRoute('#/map?state=closed')).toEqual({ page: 'map' })
    expect(readRoute('#/case/261127-00001')).toEqual({ page: 'case', number: '261127-00001' })
    expect(readRoute('#/case/')).toEqual({ page: 'form' })
    expect(readRoute('#/tell?area=500103001')).toEqual({ page: 'tell' })
  })
  it('keeps what is looked at in its address', () => {
    const filter = {
      state: 'closed',
      category: 'E0102',
      area: '500103001',
      bbox: '106.500,29.500,106.600,29.600',
    } as const
    expect(readFilter(`#/map?${writeQuery(filter)}`, '')).toEqual(filter)
    expect(readFilter('', `?${writeQuery(filter)}`)).toEqual(filter)
    expect(writeQuery({ state: 'open', category: '', area: '', bbox: '' })).toBe('')
  })
  it('takes from an address only what it can mean', () => {
    expect(readFilter('#/map?state=asleep&bbox=1,2,3', '')).toEqual({ state: 'open', category: '', area: '', bbox: '' })
    expect(readBox('4,3,2,1')).toBeNull()
    expect(readBox('a,b,c,d')).toBeNull()
  })
  it('asks the same of two boxes that are nearly one', () => {
    expect(writeBox([106.50012, 29.50011, 106.59931, 29.59942])).toBe(
      writeBox([106.50049, 29.50021, 106.59901, 29.59911]),
    )
  })
  it('draws a mark for a case and a disc for many', () => {
    const marks = publicFeatures(
      {
        points: [{ number: 'A', category: 'E0102', lon: 1, lat: 2 }],
        cells: [{ lon: 3, lat: 4, count: 7 }],
        count: 8,
        is_cut: false,
      },
      'A',
    )
    expect(marks.map(({ properties }) => properties)).toEqual([
      { id: 'cell:3,4', count: 7 },
      { id: 'A', chosen: true },
    ])
  })
})

describe('a label', () => {
  afterEach(() => vi.unstubAllGlobals())
  const scan = async (search: string): Promise<[string | null, ReturnType<typeof blank>]> => {
    const fields = blank()
    const said = readPrefill(search)
    return [said && (await applyPrefill(fields, said, () => true)), fields]
  }
  it('of a place says where', async () => {
    const [name, fields] = await scan('?place=106.5,29.5')
    expect(name).toBe('')
    expect(fields).toMatchObject({ lon: 106.5, lat: 29.5, accuracy_m: 15 })
    for (const bad of ['?place=106.5', '?place=x,y', '?place=1,2,3', '?place=,', ''])
      expect(readPrefill(bad)).toBeNull()
  })
  it('of a part says what stands there, and of one that is gone nothing', async () => {
    const part = { id: 'L1', name: '路灯', category: 'P0118', point: [1, 2] }
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(part)))
    const [name, fields] = await scan('?component=L1')
    expect(name).toBe('路灯')
    expect(fields).toMatchObject({ component: 'L1', lon: 1, lat: 2, category: 'P0118', accuracy_m: 5 })
    const gone = { type: 'urn:wardline:problem:not-found', title: 'none', status: 404 }
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(gone, { status: 404 })))
    expect((await scan('?component=L1'))[0]).toBeNull()
  })
})
