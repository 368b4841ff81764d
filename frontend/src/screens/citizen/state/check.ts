/** What a report needs before it is sent. Pure. */
import type { ReportFields } from '@/api/reports'

export type Fault = 'what' | 'where' | 'phone'
const PHONE = /^[0-9+() -]*$/

export function faultsOf(fields: ReportFields): Fault[] {
  const faults: Fault[] = []
  if (!fields.text.trim() && !fields.category) faults.push('what')
  if (fields.lon === null && !fields.address.trim()) faults.push('where')
  if (!PHONE.test(fields.phone)) faults.push('phone')
  return faults
}
