/** Sources and how they fare. */
import { request } from './client'
import type { Page, SourceView } from './types'

const LIMIT = 5_000

/** All sources; with `since` only those that may read otherwise than they did then. */
export async function listAllSources(since: string | null): Promise<SourceView[]> {
  const found: SourceView[] = []
  let after: string | null = ''
  while (after !== null) {
    const page: Page<SourceView> = await request('/sources', { query: { limit: LIMIT, after, since } })
    found.push(...page.items)
    after = page.next
  }
  return found
}
