/** Typing by voice, where the browser has it. It, or whoever made it, turns the voice into words: not this server. */

interface Heard {
  isFinal: boolean
  0: { transcript: string }
}
interface HeardEvent {
  resultIndex: number
  results: ArrayLike<Heard>
}
interface Recognition {
  lang: string
  continuous: boolean
  interimResults: boolean
  onresult: ((event: HeardEvent) => void) | null
  onerror: ((event: { error: string }) => void) | null
  onend: (() => void) | null
  start: () => void
  abort: () => void
  stop: () => void
}
type Make = new () => Recognition

export type NoSpeech = 'denied' | 'unavailable'
const LANG = { zh: 'zh-CN', en: 'en-US' }

function find(): Make | undefined {
  const all = window as { SpeechRecognition?: Make; webkitSpeechRecognition?: Make }
  return all.SpeechRecognition ?? all.webkitSpeechRecognition
}
export const canListen = (): boolean => window.isSecureContext && find() !== undefined

export interface Listening {
  stop: () => void
}

/** Listen until it is stopped or has heard nothing for a while. `onWords` gets what is sure, piece by piece. */
export function listen(
  language: 'zh' | 'en',
  onWords: (words: string) => void,
  onEnd: (why: NoSpeech | '') => void,
): Listening {
  const Found = find()
  if (!Found) throw new Error('this browser has no speech recognition')
  const heard = new Found()
  let why: NoSpeech | '' = ''
  heard.lang = LANG[language]
  heard.continuous = true
  heard.interimResults = false
  heard.onresult = ({ resultIndex, results }) => {
    for (let at = resultIndex; at < results.length; at += 1) {
      const result = results[at]
      if (result?.isFinal) onWords(result[0].transcript.trim())
    }
  }
  heard.onerror = ({ error }) => {
    if (error === 'not-allowed' || error === 'service-not-allowed') why = 'denied'
    else if (error !== 'no-speech' && error !== 'aborted') why = 'unavailable'
  }
  heard.onend = () => onEnd(why)
  heard.start()
  return { stop: () => heard.stop() }
}
