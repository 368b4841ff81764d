import { describe, expect, it } from 'vitest'
import type { CaseView, WorkerView } from '@/api/types'
import type { Messages } from '@/i18n'
import commonEn from '@/i18n/en'
import commonZh from '@/i18n/zh'
import { emptyAnswers, findMissing, toData } from './dialogs/answers'
import { rankWorkers } from './dialogs/rank'
import en from './en'
import { FORMS, offer } from './forms'
import { makeLine, type Speaker } from './story'
import zh from './zh'

const item = { category: { code: 'E1' }, department: 'd1', place: { lon: 106.5, lat: 29.5 } } as unknown as CaseView

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
    const { first, more } = offer(['note', 'accept', 'reassign', 'void', 'relocate'])
    expect(first).toEqual(['reassign', 'note', 'void'])
    expect(more).toEqual(['accept', 'relocate'])
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
