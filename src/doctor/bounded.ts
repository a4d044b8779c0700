/** Runs `work` over all, at most `limit` at a time, and gives the results in the order of `all`. */
export async function bounded<T, R>(all: readonly T[], limit: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length)
  const entries = all.entries()
  const worker = async (): Promise<void> => {
    // One iterator for all workers: each takes the next that nobody has taken.
    for (const [i, one] of entries) results[i] = await work(one)
  }
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, worker))
  return results
}
