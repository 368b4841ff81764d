/** The proof of work that the server may ask for before it takes a report (ALTCHA's challenge), done beside the page. */
import { ApiProblem, request } from './client'
import type { components } from './schema'

export type Challenge = components['schemas']['Challenge']
type ChallengeView = components['schemas']['ChallengeView']

export const PROOF_HEADER = 'X-Proof'

const encode = (challenge: Challenge, number: number): string => {
  const { algorithm, challenge: wanted, salt, signature } = challenge
  return btoa(JSON.stringify({ algorithm, challenge: wanted, salt, signature, number }))
}

/** Find the number in a worker, so that the page stays quick. */
function solve(challenge: Challenge): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./proof.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = (event: MessageEvent<number | null>) => {
      worker.terminate()
      if (event.data === null) reject(new Error('no number fits'))
      else resolve(encode(challenge, event.data))
    }
    worker.onerror = (event) => {
      worker.terminate()
      reject(new Error(event.message))
    }
    worker.postMessage(challenge)
  })
}

/** Do something that may need a proof: it is worked out once the server asks for it, and the person is not. */
export async function withProof<T>(send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  try {
    return await send({})
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.kind !== 'proof-required') throw error
  }
  const { challenge } = await request<ChallengeView>('/reports/challenge')
  return send({ [PROOF_HEADER]: await solve(challenge) })
}
