/** What went wrong, in the reader's words. One row per kind of problem. */
import { ApiProblem, Unreachable } from '@/api/client'

type Translate = (key: string, values?: Record<string, unknown>) => string

const BY_KIND: Record<string, string> = {
  'wrong-password': 'error.wrongPassword',
  'wrong-code': 'error.wrongCode',
  'code-expired': 'error.codeExpired',
  'code-spent': 'error.codeSpent',
  'second-factor-required': 'error.factorRequired',
}

const BY_STATUS: Record<number, string> = {
  401: 'error.unauthorized',
  403: 'error.forbidden',
  404: 'error.notFound',
  409: 'error.illegal',
  412: 'error.changed',
  413: 'error.tooLarge',
  429: 'error.tooMany',
}

function details(problem: ApiProblem['problem']): string {
  if (problem.words) return problem.words[document.documentElement.lang.startsWith('zh') ? 'zh' : 'en']
  const parts = problem.errors?.map((row) => row.message ?? row.msg ?? '').filter(Boolean) ?? []
  return parts.length ? parts.join('; ') : (problem.detail ?? problem.title)
}

export function explain(error: unknown, t: Translate): string {
  if (error instanceof Unreachable) return t('error.unreachable')
  if (!(error instanceof ApiProblem)) return t('error.other', { detail: String(error) })
  const { status, legal } = error.problem
  if (status === 409 && legal?.length) {
    const commands = legal.map((name) => t(`command.${name}`)).join(', ')
    return `${t('error.illegal')} ${t('error.legalNow', { commands })}`
  }
  const named = BY_KIND[error.kind]
  if (named) return t(named)
  if (error.kind === 'conflict') return t('error.conflict', { detail: details(error.problem) })
  const key = BY_STATUS[status]
  if (key) return t(key)
  if (status === 400 || status === 415 || status === 422) return t('error.invalid', { detail: details(error.problem) })
  return status >= 500 ? t('error.server') : t('error.other', { detail: details(error.problem) })
}
