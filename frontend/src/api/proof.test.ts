import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ApiProblem } from './client'
import { withProof } from './proof'
import { findNumber } from './search'

const own = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the search of the proof of work', () => {
  it('finds the number, and none where there is none', () => {
    expect(findNumber('salt?expires=1&', own('salt?expires=1&4321'), 5000)).toBe(4321)
    expect(findNumber('salt', own('salt0'), 0)).toBe(0)
    expect(findNumber('salt', own('salt99'), 50)).toBeNull()
  })
})

describe('sending with a proof', () => {
  it('sends without one where none is asked for', async () => {
    const sent: Record<string, string>[] = []
    await withProof((headers) => {
      sent.push(headers)
      return Promise.resolve()
    })
    expect(sent).toEqual([{}])
  })
  it('passes on what is no question for a proof', async () => {
    const problem = new ApiProblem({ type: 'urn:wardline:problem:too-many-requests', title: '', status: 429 })
    await expect(withProof(() => Promise.reject(problem))).rejects.toBe(problem)
  })
})
