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
