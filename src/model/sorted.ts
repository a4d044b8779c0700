/** The index of the first of `sorted` that does not come before `key`; names compare as their bytes do, being ASCII. */
export function lowerBound<T>(sorted: readonly T[], key: string, keyOf: (one: T) => string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle]
    if (candidate !== undefined && keyOf(candidate) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Sorts in place unless it is sorted already, as lists of the apiserver are, and of equal keys keeps the last. */
export function sortUnique<T>(items: T[], keyOf: (one: T) => string): T[] {
  const ascending = items.every((one, i) => {
    const before = items[i - 1]
    return before === undefined || keyOf(before) < keyOf(one)
  })
  if (ascending) return items
  const byKey = new Map(items.map((one) => [keyOf(one), one]))
  const sorted = [...byKey.keys()].sort()
  return sorted.map((key) => byKey.get(key)).filter((one) => one !== undefined)
}
