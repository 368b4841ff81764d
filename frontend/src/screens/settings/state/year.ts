/** A year of days, as a calendar draws it: by month, in weeks from Monday. */
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

/** What a day is: a make-up day is worked whatever else it is, and a holiday is off whatever else it is. */
export function kindOf(day: Day, weekend: Set<string>, holidays: Set<string>, makeup: Set<string>): DayKind {
  if (makeup.has(day.iso)) return 'makeup'
  if (holidays.has(day.iso)) return 'holiday'
  return weekend.has(WEEKDAYS[day.weekday] ?? '') ? 'weekend' : 'work'
}

/** What clicking a day makes of it: a working day becomes a holiday, a day off a make-up day, and back. */
export const NEXT: Record<DayKind, { section: 'holidays' | 'workdays'; op: 'put' | 'remove' }> = {
  work: { section: 'holidays', op: 'put' },
  holiday: { section: 'holidays', op: 'remove' },
  weekend: { section: 'workdays', op: 'put' },
  makeup: { section: 'workdays', op: 'remove' },
}
