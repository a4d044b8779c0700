/** Edit distance of two short words (Levenshtein), by one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The word that was probably meant, if one is near enough: at most a third of its letters differ. Case and `_` for `-` cost nothing. */
export function didYouMean(wrong: string, words: readonly string[]): string | undefined {
  if (wrong.length > 100) return undefined
  const plain = wrong.toLowerCase().replaceAll('_', '-')
  let best: { word: string; distance: number } | undefined
  for (const word of words) {
    const d = distance(plain, word.toLowerCase())
    if (d <= word.length / 3 && d < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { word, distance: d }
  }
  return best?.word
}
