import { describe, expect, it } from 'vitest'
import type { CaseView, WorkerView } from '@/api/types'
import { fieldsOf } from '../forms'
import { readLine, type World } from './line'

const make = (number: string, stage = 'filed'): CaseView =>
  ({
    id: number,
    number,
    stage,
    opened_at: `2026-11-${number.slice(4, 6)}T00:00:00Z`,
    category: { code: 'E0102', name: { zh: '暴露垃圾', en: 'Litter' } },
  }) as unknown as CaseView
const cases = [make('261124-01042'), make('261123-00042'), make('261124-00042'), make('261124-00007', 'arrived')]
const worker = (id: string, zh: string, en: string): WorkerView => ({ id, name: { zh, en } }) as WorkerView
const world: World = {
  cases: () => cases,
  open: cases[3] ?? null,
  commands: () => [
    { name: 'dispatch', zh: '派遣', en: 'Dispatch' },
    { name: 'decline', zh: '不予立案', en: 'Do not file' },
    { name: 'note', zh: '备注', en: 'Note' },
    { name: 'check', zh: '核查', en: 'Check' },
    { name: 'reclassify', zh: '改类别', en: 'Change category' },
    { name: 'reassign', zh: '改派', en: 'Reassign' },
  ],
  fields: (name, item) => fieldsOf(name, item.stage),
  workers: [worker('W017', '王芳', 'Fang Wang'), worker('W018', '王刚', 'Gang Wang')],
  categories: [{ code: 'E0102', zh: '暴露垃圾', en: 'Litter' }],
  departments: [],
  people: [],
}
const read = (line: string): ReturnType<typeof readLine> => readLine(line, world)

describe('a line of the command bar', () => {
  it('finds a case by the end of its number, a command and its worker', () => {
    const { item, command, data, missing, problem } = read('1042 dispatch w017')
    expect(item?.number).toBe('261124-01042')
    expect({ command, data, missing, problem }).toEqual({
      command: 'dispatch',
      data: { worker: 'W017' },
      missing: [],
      problem: '',
    })
  })
  it('takes a serial for itself before any number that ends so, the latest day first', () => {
    const { item, others, problem } = read('42 note x')
    expect(item?.number).toBe('261124-00042')
    expect(others.map(({ number }) => number)).toEqual(['261123-00042'])
    expect(problem).toBe('ambiguous')
  })
  it('means the open case by a dot', () => {
    expect(read('. note seen').item?.number).toBe('261124-00007')
  })
  it('speaks both languages and takes the beginning of a word', () => {
    expect(read('1042 派遣 王芳')).toMatchObject({ command: 'dispatch', data: { worker: 'W017' } })
    expect(read('1042 disp Fang').data).toEqual({ worker: 'W017' })
    expect(read('1042 de reason').command).toBe('decline')
  })
  it('gives all the rest to words', () => {
    expect(read('1042 note 看 看 again').data).toEqual({ note: '看 看 again' })
    expect(read('1042 check no not clean yet').data).toEqual({ passed: false, note: 'not clean yet' })
  })
  it('says what is still needed', () => {
    expect(read('1042 reassign').missing.map(({ kind }) => kind)).toEqual(['worker'])
    expect(read('1042 reassign 王').missing.map(({ kind }) => kind)).toEqual(['worker'])
  })
  it('names what it does not know', () => {
    expect(read('999 ').problem).toBe('noCase')
    expect(read('1042 fly now').problem).toBe('noCommand')
    expect(read('1042 re x').problem).toBe('noCommand')
  })
  it('completes numbers, commands and what they name', () => {
    expect(read('10').completions.map(({ line }) => line)).toEqual(['261124-01042 '])
    expect(read('').completions.map(({ label }) => label)).toEqual(['261124-00007'])
    expect(read('1042 d').completions.map(({ line }) => line)).toEqual(['1042 dispatch ', '1042 decline '])
    expect(read('1042 dispatch 王').completions.map(({ line }) => line)).toEqual([
      '1042 dispatch W017 ',
      '1042 dispatch W018 ',
    ])
  })
})
