/** A short tone, made here: two notes for a critical case, one for others. Silent until the reader has clicked once. */
let context: AudioContext | undefined

const NOTES = { critical: [880, 1175], other: [660] } as const
const NOTE_S = 0.13
const LOUDNESS = 0.08

export function playTone(kind: keyof typeof NOTES): void {
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
  NOTES[kind].forEach((frequency, index) => {
    if (!context) return
    const start = context.currentTime + index * NOTE_S
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(LOUDNESS, start)
    gain.gain.exponentialRampToValueAtTime(0.001, start + NOTE_S)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(start)
    oscillator.stop(start + NOTE_S)
  })
}
