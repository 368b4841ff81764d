/** Rows of a snapshot that comes in parts, to cases (docs/live-protocol.md, "In parts"). Pure. */
import type { CaseView, Place } from '@/api/types'
import { NO_WORKFLOW } from '@/api/workflow'
import { flattenPlace, type Names } from './fold/base'
import type { Part } from './messages'

const PLACE = 'place.'

/** A case as a list tells it, with what an older server does not tell at its default. */
export const complete = (row: CaseView): CaseView => ({ ...NO_WORKFLOW, ...row })

/** The cases of a part. Columns that this page does not know are kept under their names: they harm nothing. */
export function expandPart(part: Part, names: Names): CaseView[] {
  const plain: [number, string][] = []
  const inPlace: [number, string][] = []
  part.columns.forEach((name, at) => {
    if (name.startsWith(PLACE)) inPlace.push([at, name.slice(PLACE.length)])
    else plain.push([at, name])
  })
  const noPlace = flattenPlace({})
  const categories = new Map<string, CaseView['category']>()
  const categoryOf = (code: string): CaseView['category'] => {
    let known = categories.get(code)
    if (!known) categories.set(code, (known = { code, name: names.category(code) }))
    return known
  }
  return part.rows.map((values) => {
    const row: Record<string, unknown> = { ...NO_WORKFLOW, light: 'none' }
    for (const [at, name] of plain) row[name] = values[at]
    const place: Record<string, unknown> = { ...noPlace }
    for (const [at, name] of inPlace) place[name] = values[at]
    row['place'] = place as unknown as Place
    row['category'] = categoryOf(String(row['category']))
    return row as unknown as CaseView
  })
}
