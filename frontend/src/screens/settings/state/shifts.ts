/** A shift as stretches of one day, in minutes from midnight; one that runs past midnight has two. */
export interface Stretch {
  from: number
  to: number
}
const DAY = 24 * 60

function minutes(text: string): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text)
  if (!found) return null
  const value = Number(found[1]) * 60 + Number(found[2])
  return value <= DAY && Number(found[2]) < 60 ? value : null
}

export function spansOf(start: string, end: string): Stretch[] {
  const from = minutes(start)
  const to = minutes(end)
  if (from === null || to === null) return []
  if (to > from) return [{ from, to }]
  const spans = [
    { from, to: DAY },
    { from: 0, to },
  ]
  return spans.filter((span) => span.to > span.from)
}
