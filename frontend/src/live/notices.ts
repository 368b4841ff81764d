/** Notices to this user: each is told once, and said in words. Pure. */
import type { Notice } from './messages'

/** Facts that are remembered as told: more than a server sends again after it was killed. */
const REMEMBERED = 1_000

/** Return what takes notices and gives those that were not told before. */
export function onceEach(): (notices: Notice[]) => Notice[] {
  const told = new Set<number>()
  return (notices) =>
    notices.filter(({ seqs }) => {
      const fresh = seqs.some((seq) => !told.has(seq))
      for (const seq of seqs) told.add(seq)
      for (const seq of told) {
        if (told.size <= REMEMBERED) break
        told.delete(seq)
      }
      return fresh
    })
}

/** The key of a notice's sentence, and what fills it. */
export function sentenceOf(notice: Notice): [key: string, values: Record<string, string | number>] {
  const number = notice.cases.map((item) => item.number).join(', ')
  return [`notice.${notice.kind}`, { number, percent: notice.percent, n: notice.cases.length }]
}
