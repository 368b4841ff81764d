/** Tries one number after the other until its hash with the salt is the wanted one. Own thread; see proof.ts. */
import { findNumber } from './search'

interface Wanted {
  salt: string
  challenge: string
  maxnumber: number
}
self.onmessage = (event: MessageEvent<Wanted>) => {
  const { salt, challenge, maxnumber } = event.data
  self.postMessage(findNumber(salt, challenge, maxnumber))
}
