/**
 * The command bar's language: `1042 dispatch w17`. A case by the end of its number (`.` is the one that is open), a
 * command by its name in either language, then what the command asks, in the order in which its form asks it. Pure.
 */
import type { CaseView, Command, Priority, WorkerView } from '@/api/types'
import type { Field } from '../forms'

export interface Named {
  code: string
  zh: string
  en: string
}
export interface World {
  cases: () => Iterable<CaseView>
  open: CaseView | null
  /** Every command with what it is called in the stage of a case. */
  commands: (item: CaseView) => { name: Command; zh: string; en: string }[]
  fields: (name: Command, item: CaseView) => Field[]
  workers: WorkerView[]
  categories: Named[]
  departments: Named[]
  people: Named[]
}
export interface Completion {
  /** The line as it is with this one taken. */
  line: string
  label: string
  hint: string
}
export interface Reading {
  item: CaseView | null
  /** Other cases that the number may mean. */
  others: CaseView[]
  command: Command | null
  data: Record<string, unknown>
  /** Word keys of what is still needed. */
  missing: Field[]
  problem: '' | 'noCase' | 'ambiguous' | 'noCommand'
  completions: Completion[]
}

const SHOWN = 8
const PRIORITIES: Record<string, Priority> = {
  critical: 'critical',
  特急: 'critical',
  urgent: 'urgent',
  紧急: 'urgent',
  general: 'general',
  一般: 'general',
}
const YES = new Set(['yes', 'y', 'ok', 'pass', 'passed', '通过', '是', '属实'])
const NO = new Set(['no', 'n', 'fail', 'failed', '不通过', '否', '不属实'])

const lower = (text: string): string => text.toLowerCase()
const begins = (text: string, word: string): boolean => lower(text).startsWith(word)

/** Splits a line into words; the last one is still being typed unless the line ends with a space. */
export function words(line: string): { done: string[]; typing: string } {
  const parts = line.trimStart().split(/\s+/)
  const typing = parts.pop() ?? ''
  return { done: parts, typing }
}

function findCases(word: string, world: World): CaseView[] {
  if (word === '.') return world.open ? [world.open] : []
  const end = lower(word)
  const found: CaseView[] = []
  const exact: CaseView[] = []
  for (const item of world.cases()) {
    const number = lower(item.number)
    if (number === end) return [item]
    if (!number.endsWith(end)) continue
    // 1042 is the serial 01042 rather than any number that happens to end so.
    if (number.slice(number.lastIndexOf('-') + 1).replace(/^0+/, '') === end.replace(/^0+/, '')) exact.push(item)
    else if (found.length < SHOWN) found.push(item)
  }
  if (exact.length) return exact.sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1)).slice(0, SHOWN)
  return found
}
function findNamed(word: string, rows: Named[]): Named[] {
  const needle = lower(word)
  const same = rows.filter((row) => lower(row.code) === needle || row.zh === word || lower(row.en) === needle)
  if (same.length) return same
  return rows.filter((row) => begins(row.code, needle) || begins(row.zh, needle) || begins(row.en, needle))
}
const staff = (world: World): Named[] =>
  world.workers.map((row) => ({ code: row.id, zh: row.name.zh, en: row.name.en }))

/** What a field takes from the line: one word that names something, or all the rest. */
type Taker = (word: string, world: World) => unknown
const ONE: Partial<Record<Field['kind'], Taker>> = {
  worker: (word, world) => one(findNamed(word, staff(world))),
  collector: (word, world) => one(findNamed(word, world.people)),
  category: (word, world) => one(findNamed(word, world.categories)),
  lead: (word, world) => one(findNamed(word, world.departments)),
  department: (word, world) => one(findNamed(word, world.departments)),
  priority: (word) => PRIORITIES[lower(word)],
  passed: (word) => (YES.has(lower(word)) ? true : NO.has(lower(word)) ? false : undefined),
  real: (word) => (YES.has(lower(word)) ? true : NO.has(lower(word)) ? false : undefined),
  amount: (word) => (Number(word) > 0 ? Number(word) : undefined),
  into: (word, world) => one(findCases(word, world).map((item) => ({ code: item.number, zh: '', en: '' }))),
  review_at: (word) => (Date.parse(word) ? new Date(word).toISOString() : undefined),
  due_at: (word) => (Date.parse(word) ? new Date(word).toISOString() : undefined),
}
const one = (rows: Named[]): string | undefined => (rows.length === 1 ? rows[0]?.code : undefined)
const REST: ReadonlySet<Field['kind']> = new Set(['reason', 'note', 'text'])
const KEY: Partial<Record<Field['kind'], string>> = { collector: 'worker' }

const OFFERS: Partial<Record<Field['kind'], (world: World) => Named[]>> = {
  worker: staff,
  collector: (world) => world.people,
  category: (world) => world.categories,
  lead: (world) => world.departments,
  department: (world) => world.departments,
  priority: () => ['critical', 'urgent', 'general'].map((code) => ({ code, zh: code, en: code })),
  passed: () => ['yes', 'no'].map((code) => ({ code, zh: code, en: code })),
  real: () => ['yes', 'no'].map((code) => ({ code, zh: code, en: code })),
}

/** Give the words to the fields in order: each takes what it understands, and the first that takes words takes the rest. */
function takeArguments(
  fields: Field[],
  given: string[],
  world: World,
): { data: Record<string, unknown>; next: Field[] } {
  const data: Record<string, unknown> = {}
  const left = [...given]
  const next: Field[] = []
  for (const field of fields) {
    const key = KEY[field.kind] ?? field.kind
    if (REST.has(field.kind)) {
      if (left.length) data[key] = left.splice(0).join(' ')
      else next.push(field)
      continue
    }
    const word = left[0]
    const value = word === undefined ? undefined : ONE[field.kind]?.(word, world)
    if (value === undefined) {
      next.push(field)
      continue
    }
    data[key] = value
    left.shift()
  }
  return { data, next }
}

const blank = (): Reading => ({
  item: null,
  others: [],
  command: null,
  data: {},
  missing: [],
  problem: '',
  completions: [],
})

export function readLine(line: string, world: World): Reading {
  const { done, typing } = words(line)
  const all = [...done, ...(typing ? [typing] : [])]
  const reading = blank()
  const [number, name, ...rest] = all
  if (!number) return { ...reading, completions: numbersLike('', world) }
  const found = findCases(number, world)
  if (done.length === 0) {
    reading.completions = numbersLike(typing, world)
    reading.item = found.length === 1 ? (found[0] ?? null) : null
    return reading
  }
  const [item, ...others] = found
  if (!item) return { ...reading, problem: 'noCase' }
  reading.item = item
  reading.others = others
  if (others.length && number !== '.') reading.problem = 'ambiguous'
  const known = world.commands(item)
  if (done.length === 1) {
    const rows = known.filter(
      (row) => begins(row.name, lower(typing)) || begins(row.zh, lower(typing)) || begins(row.en, lower(typing)),
    )
    reading.completions = rows
      .slice(0, SHOWN)
      .map((row) => ({ line: `${number} ${row.name} `, label: row.name, hint: `${row.zh} · ${row.en}` }))
  }
  if (!name) return reading
  const command = commandOf(name, known)
  if (!command) return done.length > 1 ? { ...reading, problem: 'noCommand' } : reading
  reading.command = command
  const fields = world.fields(command, item)
  const { data, next } = takeArguments(fields, rest, world)
  reading.data = data
  reading.missing = next.filter((field) => field.required)
  if (done.length > 1) {
    const before = takeArguments(fields, done.slice(2), world).next
    const typed = before.find((field) => OFFERS[field.kind])
    const rows = typed ? findNamed(typing, OFFERS[typed.kind]?.(world) ?? []) : []
    const head = done.join(' ')
    reading.completions = rows.slice(0, SHOWN).map((row) => ({
      line: `${head} ${row.code} `,
      label: row.code,
      hint: row.zh === row.code ? '' : `${row.zh} · ${row.en}`,
    }))
  }
  return reading
}

/** The command that a word means: itself, or the only one that begins so in a name or in either language. */
function commandOf(word: string, known: { name: Command; zh: string; en: string }[]): Command | null {
  const needle = lower(word)
  const same = known.find((row) => row.name === needle || row.zh === word || lower(row.en) === needle)
  if (same) return same.name
  const rows = known.filter((row) => begins(row.name, needle) || begins(row.zh, needle) || begins(row.en, needle))
  return rows.length === 1 ? (rows[0]?.name ?? null) : null
}

/** Cases whose serial begins as it is typed, or whose number ends so. */
function numbersLike(word: string, world: World): Completion[] {
  const rows: CaseView[] = []
  if (!word || word === '.') {
    if (world.open) rows.push(world.open)
  } else {
    const typed = lower(word)
    for (const item of world.cases()) {
      if (rows.length >= SHOWN) break
      const number = lower(item.number)
      const serial = number.slice(number.lastIndexOf('-') + 1).replace(/^0+/, '')
      if (serial.startsWith(typed) || number.startsWith(typed) || number.endsWith(typed)) rows.push(item)
    }
  }
  return rows.map((item) => ({
    line: `${item.number} `,
    label: item.number,
    hint: `${item.category.name.zh} · ${item.category.name.en}`,
  }))
}
