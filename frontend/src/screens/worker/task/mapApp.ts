/** The address that opens a phone's own map (WGS-84): `geo:` (RFC 5870) for all, Apple's scheme where `geo:` is not known. */
import type { Point } from '@/api/types'

export function mapAppUrl([lon, lat]: Point, name: string, agent = navigator.userAgent): string {
  if (/iPhone|iPad|Macintosh/.test(agent)) return `maps://?daddr=${lat},${lon}`
  return `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(name)})`
}
