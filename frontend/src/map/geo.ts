/** Distances and bearings on the globe, as gis/point.py reckons them. Pure. */
import type { Point } from '@/api/types'

const EARTH_RADIUS_M = 6_371_008.8
const RAD = Math.PI / 180

/** Great-circle distance in metres (haversine). */
export function distanceM(a: Point, b: Point): number {
  const half = Math.sin(((b[1] - a[1]) * RAD) / 2) ** 2
  const halfLon = Math.sin(((b[0] - a[0]) * RAD) / 2) ** 2
  const cos = Math.cos(a[1] * RAD) * Math.cos(b[1] * RAD)
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, half + cos * halfLon)))
}

/** Initial bearing from a to b: degrees clockwise from north, 0 <= it < 360. */
export function bearingDeg(a: Point, b: Point): number {
  const turn = (b[0] - a[0]) * RAD
  const y = Math.sin(turn) * Math.cos(b[1] * RAD)
  const x = Math.cos(a[1] * RAD) * Math.sin(b[1] * RAD) - Math.sin(a[1] * RAD) * Math.cos(b[1] * RAD) * Math.cos(turn)
  return (((Math.atan2(y, x) / RAD) % 360) + 360) % 360
}

const WINDS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type Wind = (typeof WINDS)[number]
/** The nearest of the eight winds. */
export const windOf = (degrees: number): Wind => WINDS[Math.round(degrees / 45) % 8] ?? 'n'
