/** A report that is being written. It outlives the page: a phone's camera may well push the browser out of memory. */
import { type Keep, openKeep } from '@/device/keep'

export interface Draft {
  caseId: string
  note: string
  photos: Blob[]
}

let keep: Promise<Keep<Draft>> | undefined
const opened = (): Promise<Keep<Draft>> => (keep ??= openKeep<Draft>('wardline.drafts', ({ caseId }) => caseId))

export async function findDraft(caseId: string): Promise<Draft> {
  const found = (await (await opened()).list()).find((draft) => draft.caseId === caseId)
  return found ?? { caseId, note: '', photos: [] }
}
export const saveDraft = async (draft: Draft): Promise<void> => (await opened()).put(draft)
export const dropDraft = async (caseId: string): Promise<void> => (await opened()).remove(caseId)
