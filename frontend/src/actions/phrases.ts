/** The city's phrases (templates.csv): which of them fit what is being written, and with what they are filled. */
import type { CaseView, Command, Template } from '@/api/types'
import type { Locale } from '@/i18n'

/** What a command's words are, in the pack's kinds. What is not here has no phrases of the city. */
const KIND_OF: Partial<Record<Command, string>> = {
  note: 'note',
  accept: 'reply',
  reply: 'reply',
  verify: 'note',
  report_verified: 'check',
  send_to_check: 'note',
  file: 'file',
  decline: 'decline',
  void: 'void',
  return: 'return',
  reassign: 'reassign',
  assist: 'reassign',
  hand_over: 'reassign',
  grant: 'reply',
  refuse: 'refuse',
  request_extension: 'extension',
  request_suspension: 'suspension',
  suspend: 'suspension',
  resume: 'note',
  self_handle: 'handled',
  report_handled: 'handled',
  check: 'check',
  close: 'reply',
  force_close: 'void',
  rework: 'rework',
  reopen: 'rework',
  remind: 'remind',
  supervise: 'supervise',
  unsupervise: 'supervise',
}

/** What stands for `{name}` in a phrase. */
export type Fillings = Record<'number' | 'category' | 'address' | 'due', string>
const GAP = /\{(number|category|address|due)\}/g

/** Texts for a command about a case, in one language and filled; those of its category first. */
export function phrasesFor(
  templates: readonly Template[],
  name: Command,
  item: CaseView,
  locale: Locale,
  fillings: Fillings,
): string[] {
  const kind = KIND_OF[name]
  const fitting = templates.filter((each) => each.kind === kind && ['', item.category.code].includes(each.category))
  const sorted = fitting.sort((one, other) => Number(one.category === '') - Number(other.category === ''))
  const texts = sorted.map(({ text }) => text[locale] || text.zh || text.en)
  return [...new Set(texts.map((text) => text.replace(GAP, (_, gap: keyof Fillings) => fillings[gap])))]
}

/** Those of the first list that stand in all others too. */
export function inAll(first: readonly string[], others: readonly string[][]): string[] {
  return others.reduce((left, other) => left.filter((text) => other.includes(text)), [...first])
}

const JOINTS: Record<Locale, string> = { zh: '，', en: '; ' }

/** `text` with a phrase behind what is written already. One that stands there, or has no room, changes nothing. */
export function addPhrase(text: string, phrase: string, locale: Locale, max: number): string {
  if (text.includes(phrase)) return text
  const joined = text.trim() ? `${text.trim()}${JOINTS[locale]}${phrase}` : phrase
  return joined.length <= max ? joined : text
}
