/** The voice, as the browser records it: small, in whichever container it has, never longer than it may be. */

const KINDS = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4']
/** Speech needs no more. */
const BITS_PER_SECOND = 32_000
/** Longer than anybody listens to; at this rate about 700 kB. */
export const VOICE_MAX_S = 180

export type NoVoice = 'denied' | 'unavailable'

export interface Recording {
  /** The recording so far, and its end. */
  stop: () => Promise<Blob>
  cancel: () => void
}

const kind = (): string | undefined => KINDS.find((each) => MediaRecorder.isTypeSupported(each))
export const canRecord = (): boolean =>
  window.isSecureContext && 'mediaDevices' in navigator && typeof MediaRecorder !== 'undefined' && kind() !== undefined

/** Begin to record. Rejects with a NoVoice. */
export async function record(): Promise<Recording> {
  const mimeType = canRecord() ? kind() : undefined
  if (!mimeType) throw 'unavailable' satisfies NoVoice
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } })
  } catch (error) {
    const denied = error instanceof DOMException && error.name === 'NotAllowedError'
    throw (denied ? 'denied' : 'unavailable') satisfies NoVoice
  }
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND })
  const parts: Blob[] = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const free = (): void => stream.getTracks().forEach((track) => track.stop())
  const ended = new Promise<Blob>((resolve) => {
    recorder.onstop = () => {
      free()
      resolve(new Blob(parts, { type: mimeType.split(';')[0] ?? mimeType }))
    }
  })
  recorder.start()
  const end = (): void => {
    if (recorder.state !== 'inactive') recorder.stop()
  }
  return {
    stop: () => {
      end()
      return ended
    },
    cancel: end,
  }
}
