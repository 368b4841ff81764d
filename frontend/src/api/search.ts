/**
 * The search of the proof of work. Not by the browser's own digest: it answers by a promise each time, and is missing on
 * pages without https.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** The number from 0 to `max` whose SHA-256 with the salt is the wanted one (hexadecimal); null where there is none. */
export function findNumber(salt: string, wanted: string, max: number): number | null {
  const start = sha256.create().update(utf8ToBytes(salt))
  const [first, ...rest] = hexToBytes(wanted)
  for (let number = 0; number <= max; number++) {
    const digest = start
      .clone()
      .update(utf8ToBytes(String(number)))
      .digest()
    if (digest[0] === first && rest.every((byte, index) => digest[index + 1] === byte)) return number
  }
  return null
}
