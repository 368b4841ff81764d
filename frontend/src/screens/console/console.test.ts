import { describe, expect, it } from 'vitest'
import { type CaseView, type Command, COMMANDS, type WorkerView } from '@/api/types'
import type { Messages } from '@/i18n'
import commonEn from '@/i18n/en'
import commonZh from '@/i18n/zh'
import { emptyAnswers, findMissing, toData } from './dialogs/answers'
import { rankWorkers } from './dialogs/rank'
import en from './en'
import { fieldsOf, FORMS, labelOf, offer } from './forms'
import { makeLine, type Speaker } from './story'
import zh from './zh'

const item = { category: { code: 'E1' }, department: 'd1', place: { lon: 106.5, lat: 29.5 } } as unknown as CaseView

/** Commands that share a key: one follows the other, or is its other side. */
const SHARED: Command[][] = [
  ['dispatch', 'reassign'],
  ['check', 'close'],
  ['claim', 'release'],
  ['verify', 'report_verified'],
]

describe('what a command asks', () => {
  it('does not go without what it needs', () => {
    const answers = emptyAnswers('void', item)
    expect(findMissing(FORMS.void.fields, answers)).toBe('needReason')
    expect(findMissing(FORMS.void.fields, { ...answers, reason: ' x ' })).toBe('')
    expect(toData(FORMS.void.fields, { ...answers, reason: ' x ' }, item)).toEqual({ reason: 'x' })
  })
  it('wants words with a failed check', () => {
    const answers = { ...emptyAnswers('check', item), passed: false }
    expect(findMissing(FORMS.check.fields, answers)).toBe('needReason')
    expect(toData(FORMS.check.fields, { ...answers, note: 'dirty' }, item)).toEqual({ passed: false, note: 'dirty' })
  })
  it('files as it is unless another category was chosen', () => {
    const answers = emptyAnswers('file', item)
    expect(toData(FORMS.file.fields, answers, item)).toEqual({})
    expect(toData(FORMS.file.fields, { ...answers, category: 'E2' }, item)).toEqual({ category: 'E2' })
  })
  it("offers the desk's own moves first and the worker's behind", () => {
    const { first, more } = offer(['note', 'accept', 'reassign', 'void', 'relocate', 'claim'], 'dispatched')
    expect(first).toEqual(['reassign', 'note', 'void'])
    expect(more).toEqual(['accept', 'relocate'])
  })
  it("takes `accept` of a report for the desk's own, and asks it as such", () => {
    expect(offer(['accept', 'decline'], 'reported').first).toEqual(['accept', 'decline'])
    expect(labelOf('accept', 'reported')).toBe('command.accept_report')
    expect(labelOf('accept', 'dispatched')).toBe('command.accept')
    expect(fieldsOf('accept', 'dispatched')).toEqual([])
  })
  it('asks for every command only what a body can be made of', () => {
    for (const name of COMMANDS) {
      const fields = FORMS[name].fields
      const answers = emptyAnswers(name, { ...item, assists: [] } as never, Date.UTC(2026, 0, 5))
      expect(() => toData(fields, answers, item), name).not.toThrow()
    }
    const asked = { ...emptyAnswers('suspend', item, Date.UTC(2026, 0, 5)), reason: 'x' }
    expect(findMissing(FORMS.suspend.fields, asked)).toBe('')
    expect(toData(FORMS.suspend.fields, asked, item)['review_at']).toBe('2026-01-12T00:00:00.000Z')
  })
  it('gives no key to two commands that can be allowed at once', () => {
    const keys = COMMANDS.map((name) => FORMS[name].key).filter(Boolean)
    for (const key of keys) {
      const names = COMMANDS.filter((name) => FORMS[name].key === key)
      expect(SHARED.some((group) => names.every((name) => group.includes(name))) || names.length === 1, key).toBe(true)
    }
  })
})

it('ranks those on duty of the department first, then by distance and load', () => {
  const worker = (id: string, on: boolean, department: string, lon: number, tasks = 0): WorkerView =>
    ({ id, on_duty: on, department, point: [lon, 29.5], open_tasks: tasks }) as WorkerView
  const staff = [
    worker('off', false, 'd1', 106.5),
    worker('other', true, 'd2', 106.5),
    worker('far', true, 'd1', 106.6),
    worker('near', true, 'd1', 106.501),
    worker('busy', true, 'd1', 106.5, 3),
  ]
  expect(rankWorkers(staff, item).map((row) => row.worker.id)).toEqual(['near', 'busy', 'far', 'other', 'off'])
})

it('tells every kind of fact in both languages', () => {
  const flat = (messages: Messages, prefix = ''): string[] =>
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === 'string' ? [`${prefix}${key}`] : flat(value, `${prefix}${key}.`),
    )
  expect(flat(en)).toEqual(flat(zh))
  expect(flat(commonEn)).toEqual(flat(commonZh))
  const speaker: Speaker = {
    t: (key, values) => `${key}${values?.['by'] ? ` by ${String(values['by'])}` : ''}`,
    say: (words) => words.en,
    by: (user) => user ?? '',
    worker: (id) => id,
    category: (code) => code,
    department: (id) => id,
    feed: (feed) => feed,
    time: (time) => time,
  }
  const told = makeLine(
    { seq: 1, at: '', kind: 'TaskAccepted', case_id: 'c', data: { task_id: 't', worker: 'w', by: 'dispatcher' } },
    speaker,
  )
  expect(told.text).toBe('story.TaskAccepted (story.forWorker by dispatcher)')
  const noted = makeLine(
    {
      seq: 2,
      at: '',
      kind: 'NoteAdded',
      case_id: 'c',
      data: { note: 'n', by: 'dispatcher' },
      by_name: { zh: '李梅', en: 'Mei Li' },
    },
    speaker,
  )
  expect(noted.text).toBe('story.NoteAdded by Mei Li')
})
