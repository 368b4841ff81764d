import { describe, expect, it } from 'vitest'
import { ApiProblem, Unreachable } from '@/api/client'
import type { AskedQuestion } from '@/api/types'
import { answersTo, faultsOf } from './state/check'
import { blank, isBlank, readDraft } from './state/draft'
import { isFinal, pauseMs } from './state/outbox'
import { readPrefill } from './state/prefill'
import { readRoute } from './state/route'

const kinds = (...said: Parameters<typeof faultsOf>): string[] => faultsOf(...said).map(({ kind }) => kind)
const question = (changes: Partial<AskedQuestion>): AskedQuestion => ({
  category: 'P0101',
  code: 'state',
  kind: 'singlevaluelist',
  required: true,
  label: { zh: '井盖怎么了？', en: 'What is wrong?' },
  choices: [{ key: 'missing', label: { zh: '缺失', en: 'Missing' } }],
  call: [],
  ...changes,
})

describe('a report', () => {
  it('needs words or a category, and a place in whatever form', () => {
    expect(kinds(blank())).toEqual(['what', 'where'])
    expect(kinds({ ...blank(), text: ' ', address: ' ' })).toEqual(['what', 'where'])
    expect(kinds({ ...blank(), category: 'E0102', lon: 106.5, lat: 29.5 })).toEqual([])
    expect(kinds({ ...blank(), text: '灯坏了', address: '解放碑' })).toEqual([])
    expect(kinds({ ...blank(), category: 'P0118', component: '5001' })).toEqual([])
  })
  it('takes no letters for a telephone number', () => {
    const said = { ...blank(), text: 'x', address: 'y' }
    expect(kinds({ ...said, phone: '+86 (23) 6376-0000' })).toEqual([])
    expect(kinds({ ...said, phone: 'call me' })).toEqual(['phone'])
  })
  it('lacks what its category requires, and a number that is none', () => {
    const said = { ...blank(), category: 'P0101', address: 'y' }
    expect(faultsOf(said, [question({})])).toMatchObject([{ kind: 'answer', field: 'q-state' }])
    expect(kinds({ ...said, answers: { state: ['missing'] } }, [question({})])).toEqual([])
    expect(
      kinds(said, [question({ required: false }), question({ kind: 'stop' }), question({ kind: 'notice' })]),
    ).toEqual([])
    const lamps = question({ code: 'lamps', kind: 'number', required: false })
    expect(kinds({ ...said, answers: { lamps: ['many'] } }, [lamps])).toEqual(['answer'])
    expect(kinds({ ...said, answers: { lamps: ['3'] } }, [lamps])).toEqual([])
  })
  it('says only what its category asks', () => {
    const answers = { state: ['missing'], depth: ['knee'], empty: [' '] }
    const asked = [question({}), question({ code: 'empty', kind: 'text' }), question({ code: 'read', kind: 'notice' })]
    expect(answersTo({ ...blank(), answers }, asked)).toEqual({ state: ['missing'] })
  })
})

describe('a report that waits', () => {
  const refused = (status: number): ApiProblem => new ApiProblem({ type: 'x:y', title: '', status })
  it('is sent again unless the server has looked at it and does not want it', () => {
    expect([422, 413, 400].map((status) => isFinal(refused(status)))).toEqual([true, true, true])
    expect([429, 409, 500, 503].map((status) => isFinal(refused(status)))).toEqual([false, false, false, false])
    expect(isFinal(new Unreachable(null))).toBe(false)
  })
  it('waits longer each time, and not for ever', () => {
    expect(pauseMs(1)).toBeGreaterThan(pauseMs(0))
    expect(pauseMs(50)).toBe(pauseMs(9))
  })
})

it('reads what an address says, and nothing that is none', () => {
  expect(readPrefill('')).toBeNull()
  expect(readPrefill('?lon=999&lat=1')).toBeNull()
  expect(readPrefill('?lon=106.5')).toBeNull()
  expect(readPrefill('?component=5001&lon=106.5&lat=29.5')).toMatchObject({ component: '5001', point: [106.5, 29.5] })
})

describe('a draft', () => {
  it('comes back as it was kept', () => {
    const fields = { ...blank(), text: '灯坏了', lon: 106.5, lat: 29.5, answers: { state: ['missing'] } }
    expect(readDraft(JSON.stringify(fields))).toEqual(fields)
    expect(isBlank(fields)).toBe(false)
  })
  it('is blank where what was kept is not ours', () => {
    expect(readDraft('{')).toEqual(blank())
    expect(readDraft(JSON.stringify({ text: 7, lon: 'x', other: 1, answers: { a: 'b' } }))).toEqual(blank())
    expect(isBlank(readDraft(null))).toBe(true)
  })
})

it('finds the token behind the hash', () => {
  expect(readRoute('#/follow/abc')).toEqual({ page: 'follow', token: 'abc', fresh: false })
  expect(readRoute('#/follow/abc/new')).toEqual({ page: 'follow', token: 'abc', fresh: true })
  expect(readRoute('#/')).toEqual({ page: 'form' })
})
