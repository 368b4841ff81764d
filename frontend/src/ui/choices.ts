/** What a search field offers to choose from, and which of it the words typed leave. Pure. */

export interface Choice {
  value: string
  label: string
  /** What it belongs to: said beside it, and found by too. */
  group?: string
  /** Other words that it is found by: its name in the other language, its code. */
  words?: string
  /** It stands below the one above it, as a community below its street. */
  below?: boolean
}

const stripped = (text: string): string => text.toLowerCase().trim()

/**
 * Choices that have every one of the words typed: first those whose name begins with what was typed, then those that
 * have it in their name, then those that only belong to something of that name; else in their own order. No words
 * leave them all.
 */
export function findChoices(choices: readonly Choice[], typed: string): Choice[] {
  const words = stripped(typed).split(/\s+/).filter(Boolean)
  if (!words.length) return [...choices]
  const found = choices.filter(({ value, label, group = '', words: other = '' }) => {
    const text = stripped(`${label} ${group} ${other} ${value}`)
    return words.every((word) => text.includes(word))
  })
  const whole = stripped(typed)
  const rankOf = ({ label, words: other = '' }: Choice): number => {
    if (stripped(label).startsWith(whole)) return 0
    return stripped(`${label} ${other}`).includes(whole) ? 1 : 2
  }
  return found.sort((one, next) => rankOf(one) - rankOf(next))
}
