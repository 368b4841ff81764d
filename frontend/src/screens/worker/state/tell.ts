/** How often a phone tells where it is: the battery and a city's network are both finite. Pure. */
import type { Fix } from '@/device/where'
import { distanceM } from '@/map/geo'

/** Never more often than this. */
const LEAST_MS = 5_000
/** Standing still, this often, so that the desk knows the phone is alive. */
const MOST_MS = 60_000
/** A step that a phone's own error does not make. */
const STEP_M = 15

export function worthTelling(told: Fix | null, next: Fix): boolean {
  if (!told) return true
  const since = next.atMs - told.atMs
  if (since < LEAST_MS) return false
  return since >= MOST_MS || distanceM(told.point, next.point) >= STEP_M
}
