/**
 * Labels of an object, flat and sorted by key: `[key, value, key, value, …]`. Flat, because a cluster has them by the
 * hundred thousand; never a plain object, because keys come from outside.
 */
export type Labels = readonly string[]

export const NO_LABELS: Labels = Object.freeze([])

/** Labels from pairs in any order; of a key that comes twice the last value holds. */
export function labelsFrom(pairs: Iterable<readonly [key: string, value: string]>): Labels {
  const byKey = new Map(pairs)
  if (byKey.size === 0) return NO_LABELS
  const flat: string[] = []
  for (const key of [...byKey.keys()].sort()) flat.push(key, byKey.get(key) ?? '')
  return flat
}

/** The value of a label, `undefined` when the object does not have it. */
export function labelValue(labels: Labels, key: string): string | undefined {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === key) return labels[i + 1]
  return undefined
}
