/** The one way to our server: JSON in and out, CSRF header, versions, and RFC 9457 problems as errors. */

export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  legal?: string[]
  /** What the server says of it in both languages, where it does. */
  words?: { zh: string; en: string }
  errors?: { loc?: (string | number)[]; field?: string; msg?: string; message?: string }[]
}

/** The server refused. `kind` is the last part of the problem's `type`, e.g. "illegal-move". */
export class ApiProblem extends Error {
  readonly kind: string
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiProblem'
    this.kind = problem.type.split(/[/:]/).pop() ?? 'unknown'
  }
  get status(): number {
    return this.problem.status
  }
}

/** The server could not be reached, or did not answer in time. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('unreachable', { cause })
    this.name = 'Unreachable'
  }
}

/** How long one answer may take before it counts as unreachable. */
const TIMEOUT_MS = 20_000

type Query = Record<string, string | number | boolean | null | undefined>

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  query?: Query
  /** Sent as JSON; a FormData as multipart. */
  body?: unknown
  /** Version the change is based on (If-Match). */
  version?: number
  /** Makes a repeated POST safe (Idempotency-Key). */
  idempotencyKey?: string
  signal?: AbortSignal
}

function readCookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return found && decodeURIComponent(found.slice(name.length + 1))
}

export function toQuery(query: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text && `?${text}`
}

export function headersFor(options: RequestOptions): Headers {
  const headers = new Headers({
    Accept: 'application/json',
    'Accept-Language': document.documentElement.lang || 'zh-CN',
  })
  const method = options.method ?? 'GET'
  if (options.body !== undefined && !(options.body instanceof FormData)) headers.set('Content-Type', 'application/json')
  if (options.version !== undefined) headers.set('If-Match', `"${options.version}"`)
  if (options.idempotencyKey) headers.set('Idempotency-Key', options.idempotencyKey)
  const csrf = method === 'GET' ? undefined : readCookie('wardline_csrf')
  if (csrf) headers.set('X-CSRF-Token', csrf)
  return headers
}

async function readProblem(response: Response): Promise<Problem> {
  const fallback = { type: 'about:blank', title: response.statusText || `HTTP ${response.status}` }
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>
  return { ...fallback, ...body, status: response.status }
}

/** Ask `/api/v1` + `path`. Throws ApiProblem when refused and Unreachable when there is no answer. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])]
  const init: RequestInit = {
    method: options.method ?? 'GET',
    headers: headersFor(options),
    credentials: 'same-origin',
    signal: AbortSignal.any(signals),
  }
  if (options.body instanceof FormData) init.body = options.body
  else if (options.body !== undefined) init.body = JSON.stringify(options.body)

  let response: Response
  try {
    response = await fetch(`/api/v1${path}${toQuery(options.query ?? {})}`, init)
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new Unreachable(cause)
  }
  if (!response.ok) throw new ApiProblem(await readProblem(response))
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as T
  return (await response.json()) as T
}

/** A key that makes one intent repeatable. `crypto.randomUUID` needs HTTPS, which a field network may lack. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
