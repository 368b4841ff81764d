/** Values sorted into five classes of equal width, for a map and its legend. Pure. */
export const CLASSES = 5

export interface Scale {
  low: number
  high: number
}

export function scaleOf(values: number[]): Scale | null {
  return values.length ? { low: Math.min(...values), high: Math.max(...values) } : null
}

/** 0..4. All equal: the middle one. */
export function classOf(value: number, { low, high }: Scale): number {
  if (high === low) return Math.floor(CLASSES / 2)
  return Math.min(CLASSES - 1, Math.floor(((value - low) / (high - low)) * CLASSES))
}

/** Where each class begins and ends. */
export const boundsOf = ({ low, high }: Scale): [number, number][] =>
  Array.from({ length: CLASSES }, (_, n) => [
    low + ((high - low) * n) / CLASSES,
    low + ((high - low) * (n + 1)) / CLASSES,
  ])
