/** Times, spans and distances as people read them, in the city's own time zone. */
import type { Locale } from './index'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Spell = (unit: 'd' | 'h' | 'm' | 's', n: number) => string
const SPELL: Record<Locale, Spell> = {
  zh: (unit, n) => `${n}${{ d: '天', h: '小时', m: '分', s: '秒' }[unit]}`,
  en: (unit, n) => `${n}${unit}`,
}

/** Two units at most, or one: "2h 5m", "3d 4h", "45s". Negative spans are told by their length. */
export function formatSpan(ms: number, locale: Locale, units: 1 | 2 = 2): string {
  const span = Math.abs(ms)
  const spell = SPELL[locale]
  const join = (...parts: (string | false)[]): string => parts.filter(Boolean).join(locale === 'zh' ? '' : ' ')
  if (span < MINUTE) return spell('s', Math.floor(span / 1000))
  if (span < HOUR) return spell('m', Math.floor(span / MINUTE))
  if (span < DAY) {
    const minutes = Math.floor((span % HOUR) / MINUTE)
    return join(spell('h', Math.floor(span / HOUR)), units > 1 && minutes > 0 && spell('m', minutes))
  }
  const hours = Math.floor((span % DAY) / HOUR)
  return join(spell('d', Math.floor(span / DAY)), units > 1 && hours > 0 && spell('h', hours))
}

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(locale: Locale, timeZone: string, style: keyof typeof STYLES): Intl.DateTimeFormat {
  const key = `${locale}|${timeZone}|${style}`
  let found = formatters.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', { ...STYLES[style], timeZone })
    formatters.set(key, found)
  }
  return found
}
const STYLES = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  day: { month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: '2-digit', day: '2-digit' },
  full: {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

export function formatAt(
  at: string | number | null | undefined,
  style: keyof typeof STYLES,
  locale: Locale,
  timeZone: string,
): string {
  if (at === null || at === undefined || at === '') return ''
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : formatter(locale, timeZone, style).format(date)
}

/** The time of day for today's instants, day and time for others. */
export function formatShort(at: string | null | undefined, nowMs: number, locale: Locale, timeZone: string): string {
  if (!at) return ''
  const today = formatAt(nowMs, 'date', locale, timeZone)
  const time = formatAt(at, 'time', locale, timeZone)
  return formatAt(at, 'date', locale, timeZone) === today ? time : `${formatAt(at, 'day', locale, timeZone)} ${time}`
}

export const formatDistance = (metres: number, locale: Locale): string =>
  metres < 1000
    ? `${Math.round(metres)} ${locale === 'zh' ? '米' : 'm'}`
    : `${(metres / 1000).toFixed(1)} ${locale === 'zh' ? '公里' : 'km'}`

export const formatCount = (value: number, locale: Locale): string =>
  value.toLocaleString(locale === 'zh' ? 'zh-CN' : 'en-GB')
export const formatShare = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(1)}%`)
export const formatList = (items: readonly string[], locale: Locale): string =>
  items.join(locale === 'zh' ? '、' : ', ')
