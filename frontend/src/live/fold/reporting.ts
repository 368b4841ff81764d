/** What who reported has said afterwards, and the office's answers. The words themselves are not in the facts. */
import type { Change, Rows } from './base'

type Kinds = 'ReporterWrote' | 'ReporterAnswered' | 'ReportRated' | 'ReportWithdrawn' | 'ReportRedacted'

const without = (reports: string[], report: string): string[] => reports.filter((each) => each !== report)

export const REPORTING: Rows<Kinds> = {
  ReporterWrote: (before, data) => ({ unanswered: [...without(before.unanswered, data.report), data.report] }),
  ReporterAnswered: (before, data) => ({
    unanswered: data.report ? without(before.unanswered, data.report) : [],
  }),
  ReportRated: () => ({}),
  ReportWithdrawn: (before, data) => ({ unanswered: without(before.unanswered, data.report) }),
  ReportRedacted: (before, data): Change => ({
    text: data.words ? '' : before.text,
    media: before.media.filter((id) => !data.media?.includes(id)),
  }),
}
