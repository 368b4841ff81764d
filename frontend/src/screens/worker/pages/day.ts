/** The city's own day. Pure. */

/** The instant at which the day of `nowMs` began in a time zone, as RFC 3339. */
export function dayStart(nowMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).formatToParts(nowMs)
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  const sinceMs = ((read('hour') * 60 + read('minute')) * 60 + read('second')) * 1000
  return new Date(Math.floor(nowMs / 1000) * 1000 - sinceMs).toISOString()
}

/** The city's date of an instant, YYYY-MM-DD. */
export const dayOf = (nowMs: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).format(nowMs)

/** Noon of a date in the city, as RFC 3339: when somebody is to look again. */
export function noonOf(day: string, timeZone: string): string {
  const guess = Date.parse(`${day}T12:00:00Z`)
  const shown = new Date(guess).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')
  return new Date(guess - (Date.parse(`${shown}Z`) - guess)).toISOString()
}
