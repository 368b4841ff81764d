/** Files to our server, with how far they are: `fetch` does not tell that, XMLHttpRequest does. */
import { ApiProblem, headersFor, type Problem, Unreachable } from './client'

/** A photograph over a weak network. */
const TIMEOUT_MS = 120_000

export interface UploadOptions {
  idempotencyKey?: string
  /** 0..1 of the bytes that have left. */
  onProgress?: (share: number) => void
  headers?: Record<string, string>
}

function problemOf(request: XMLHttpRequest): Problem {
  const fallback = { type: 'about:blank', title: request.statusText || `HTTP ${request.status}` }
  try {
    return { ...fallback, ...(JSON.parse(request.responseText) as Partial<Problem>), status: request.status }
  } catch {
    return { ...fallback, status: request.status } // a proxy's own page
  }
}

/** POST a form to `/api/v1` + `path`. Throws what `request` throws. */
export function upload<T>(path: string, form: FormData, options: UploadOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1${path}`)
    request.timeout = TIMEOUT_MS
    const { idempotencyKey, onProgress } = options
    const headers = headersFor({ method: 'POST', body: form, ...(idempotencyKey && { idempotencyKey }) })
    headers.forEach((value, name) => request.setRequestHeader(name, value))
    for (const [name, value] of Object.entries(options.headers ?? {})) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T)
      else reject(new ApiProblem(problemOf(request)))
    }
    request.onerror = request.ontimeout = request.onabort = (event) => reject(new Unreachable(event))
    request.send(form)
  })
}
