/** What a clock says of itself, as people read it. */
import { formatSpan, formatCount } from '@/i18n/format'
import type { Locale } from '@/i18n'

/** Offsets up to this are the way of a message, not a clock. */
const NOTHING_S = 2

/** By how much a clock is fast (+) or slow (−): the opposite of what its times are put right by. */
export function tellClock(offsetS: number | null, locale: Locale): string {
  if (offsetS === null) return '–'
  if (Math.abs(offsetS) <= NOTHING_S) return '±0'
  const sign = offsetS > 0 ? '−' : '+'
  const size = Math.abs(offsetS)
  return size < 60 ? `${sign}${formatCount(Math.round(size), locale)}s` : `${sign}${formatSpan(size * 1000, locale)}`
}
