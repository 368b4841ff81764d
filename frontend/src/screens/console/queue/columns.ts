/** The columns of the table: how wide each is, and which order a click on its head asks for. Pure. */
import type { Sort } from '@/state/arrange'
import type { Column } from '@/state/filters'

export const WIDTHS: Record<Column, string> = {
  number: '112px',
  priority: '58px',
  category: 'minmax(110px, 1.2fr)',
  stage: '104px',
  left: '104px',
  place: 'minmax(140px, 2fr)',
  department: 'minmax(90px, 1fr)',
  worker: '84px',
  claimed: 'minmax(80px, 0.8fr)',
  opened: '84px',
  due: '84px',
  street: '96px',
  community: '110px',
  feed: '84px',
  events: '44px',
  text: 'minmax(160px, 2fr)',
}
export const SORT_OF: Partial<Record<Column, Sort>> = {
  number: 'number',
  priority: 'priority',
  category: 'category',
  stage: 'stage',
  left: 'urgency',
  department: 'department',
  worker: 'worker',
  opened: 'newest',
  due: 'due',
  street: 'street',
}
export const templateOf = (columns: readonly Column[]): string =>
  ['16px', ...columns.map((column) => WIDTHS[column])].join(' ')
