/** What a report needs before it is sent. Pure. */
import type { ReportFields } from '@/api/reports'
import type { AskedQuestion } from '@/api/types'
import { isAnswered } from './asked'

export interface Fault {
  kind: 'what' | 'where' | 'phone' | 'answer'
  /** The id of the field that it is about. */
  field: string
  question?: AskedQuestion
}
const PHONE = /^[0-9+() -]*$/
export const fieldOf = ({ code }: AskedQuestion): string => `q-${code}`

export function faultsOf(fields: ReportFields, questions: AskedQuestion[] = []): Fault[] {
  const faults: Fault[] = []
  if (!fields.text.trim() && !fields.category) faults.push({ kind: 'what', field: 'text' })
  for (const question of questions)
    if (lacks(fields, question)) faults.push({ kind: 'answer', field: fieldOf(question), question })
  if (fields.lon === null && !fields.address.trim() && !fields.component)
    faults.push({ kind: 'where', field: 'address' })
  if (!PHONE.test(fields.phone)) faults.push({ kind: 'phone', field: 'phone' })
  return faults
}

function lacks(fields: ReportFields, question: AskedQuestion): boolean {
  if (!isAnswered(question)) return false
  const said = (fields.answers[question.code] ?? []).filter((each) => each.trim())
  if (!said.length) return question.required
  return question.kind === 'number' && !Number.isFinite(Number(said[0]))
}

/** Only what the category asks is answered: what was said of another one before is left out. */
export function answersTo(fields: ReportFields, questions: AskedQuestion[]): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const question of questions.filter(isAnswered)) {
    const said = (fields.answers[question.code] ?? []).filter((each) => each.trim())
    if (said.length) found[question.code] = said
  }
  return found
}
