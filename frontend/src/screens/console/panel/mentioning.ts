/** Names in what is being typed: `@` and the letters after it, up to where the cursor stands. Pure. */
import type { Colleague } from '@/api/types'

export interface Typing {
  /** Where the `@` stands. */
  from: number
  word: string
}
const OPEN = /(?:^|[\s，。；、(（])@([^\s@，。；、]{0,24})$/u

/** The name that is being typed before the cursor; null where none is. */
export function typingAt(text: string, cursor: number): Typing | null {
  const found = OPEN.exec(text.slice(0, cursor))
  if (!found) return null
  const word = found[1] ?? ''
  return { from: cursor - word.length - 1, word }
}
/** Those whose username or name begins so, in either language. */
export function matchPeople(people: Colleague[], word: string, max = 6): Colleague[] {
  const needle = word.toLowerCase()
  const begins = (text: string): boolean => text.toLowerCase().startsWith(needle)
  const has = (text: string): boolean => text.toLowerCase().includes(needle)
  const first = people.filter((row) => begins(row.username) || begins(row.name.zh) || begins(row.name.en))
  const then = people.filter(
    (row) => !first.includes(row) && (has(row.name.zh) || has(row.name.en) || has(row.username)),
  )
  return [...first, ...then].slice(0, max)
}
/** The usernames that a text names. */
export function mentionsIn(text: string, people: Colleague[]): string[] {
  const known = new Map(people.map((row) => [row.username.toLowerCase(), row.username]))
  const found = [...text.matchAll(/@([\w.-]+)/g)].map((match) => known.get((match[1] ?? '').toLowerCase()))
  return [...new Set(found.filter((name): name is string => Boolean(name)))]
}
