/** Where this device is. Browsers tell it to pages over HTTPS (or localhost) only, and only when the person agrees. */
import type { Point } from '@/api/types'

export interface Fix {
  point: Point
  accuracyM: number
  headingDeg: number | null
  atMs: number
}
export type NoFix = 'denied' | 'unavailable'

const OPTIONS: PositionOptions = { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 }

export const canLocate = (): boolean => window.isSecureContext && 'geolocation' in navigator

const toFix = ({ coords, timestamp }: GeolocationPosition): Fix => ({
  point: [coords.longitude, coords.latitude],
  accuracyM: coords.accuracy,
  headingDeg: coords.heading !== null && !Number.isNaN(coords.heading) ? coords.heading : null,
  atMs: timestamp,
})
const toNoFix = (error: GeolocationPositionError): NoFix =>
  error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable'

/** Once. Rejects with a NoFix. */
export function findMe(): Promise<Fix> {
  return new Promise((resolve, reject) => {
    if (!canLocate()) return reject('unavailable' satisfies NoFix)
    navigator.geolocation.getCurrentPosition(
      (position) => resolve(toFix(position)),
      (error) => reject(toNoFix(error)),
      OPTIONS,
    )
  })
}

/** Again and again until the returned function is called. */
export function followMe(onFix: (fix: Fix) => void, onNoFix: (why: NoFix) => void): () => void {
  if (!canLocate()) {
    onNoFix('unavailable')
    return () => undefined
  }
  const id = navigator.geolocation.watchPosition(
    (position) => onFix(toFix(position)),
    (error) => onNoFix(toNoFix(error)),
    OPTIONS,
  )
  return () => navigator.geolocation.clearWatch(id)
}
