/** A year of days, as a calendar draws it: by month, in weeks from Monday. */
import type { Edit, RowView } from '@/api/settings'
import { itemsOf } from './names'

export interface Day {
  iso: string
  day: number
  /** 0 is Monday. */
  weekday: number
}
export type DayKind = 'work' | 'weekend' | 'holiday' | 'makeup'
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const pad = (value: number): string => String(value).padStart(2, '0')

export function monthsOf(year: number): Day[][] {
  return Array.from({ length: 12 }, (_, month) => {
    const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    return Array.from({ length }, (_, index) => ({
      iso: `${year}-${pad(month + 1)}-${pad(index + 1)}`,
      day: index + 1,
      weekday: (new Date(Date.UTC(year, month, index + 1)).getUTCDay() + 6) % 7,
    }))
  })
}

/** A day that is told of by name: in which section its row stands, and whether it is worked. */
export interface Special {
  section: string
  row: RowView
  worked: boolean
  estimated: boolean
}
const OWN = 'default'

/** The special days of the city's own calendar, out of holidays.csv and of what still stands in calendar.toml. */
export function specialDays(rows: (section: string) => RowView[]): Map<string, Special> {
  const found = new Map<string, Special>()
  const add = (section: string, row: RowView, worked: boolean): void => {
    const { date = '', basis = '' } = row.cells
    found.set(date, { section, row, worked, estimated: basis === 'estimated' })
  }
  for (const row of rows('calendar-holidays')) add('calendar-holidays', row, false)
  for (const row of rows('calendar-workdays')) add('calendar-workdays', row, true)
  for (const row of rows('holidays')) {
    const calendars = itemsOf(row.cells['calendars'] ?? '')
    if (!calendars.length || calendars.includes(OWN)) add('holidays', row, row.cells['kind'] === 'workday')
  }
  return found
}

export function kindOf(day: Day, weekend: Set<string>, special: Special | undefined): DayKind {
  if (special) return special.worked ? 'makeup' : 'holiday'
  return weekend.has(WEEKDAYS[day.weekday] ?? '') ? 'weekend' : 'work'
}

/** What clicking a day makes of it: a working day becomes a holiday, a day off a make-up day; a special day ceases to be one. */
export function editOf(day: Day, kind: DayKind, special: Special | undefined): { section: string; edit: Edit } {
  if (special) return { section: special.section, edit: { op: 'remove', key: special.row.key } }
  const cells = { date: day.iso, kind: kind === 'weekend' ? 'workday' : 'holiday', basis: 'announced' }
  return { section: 'holidays', edit: { op: 'put', cells } }
}
