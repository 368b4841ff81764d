/** The server's clock minus this phone's, as it was last learned: kept, since a phone without a signal cannot ask. */
const STORED = 'wardline.worker.offset'

export function readOffset(): number | null {
  const stored = localStorage.getItem(STORED)
  return stored === null || Number.isNaN(Number(stored)) ? null : Number(stored)
}
export const keepOffset = (offsetMs: number): void => localStorage.setItem(STORED, String(Math.round(offsetMs)))
