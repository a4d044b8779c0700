import type { Benchmark } from './benchmark.ts'
import { type Effort, measure, type Stopwatch } from './measure.ts'
import type { Result } from './record.ts'

export const CAREFUL: Effort = { warmUpMs: 500, sampleMs: 50, samples: 15 }
/** For a look, or a test: the figures are rough. */
export const QUICK: Effort = { warmUpMs: 20, sampleMs: 2, samples: 3 }

/** The benchmarks that have one of these words in their names; all when there are no words. */
export const chosen = (benchmarks: readonly Benchmark[], words: readonly string[]): readonly Benchmark[] =>
  words.length === 0 ? benchmarks : benchmarks.filter(({ name }) => words.some((word) => name.includes(word)))

/** Runs one after the other, each prepared just before and closed just after it is measured. */
export async function runAll(
  benchmarks: readonly Benchmark[],
  effort: Effort,
  watch: Stopwatch,
  onResult: (result: Result) => void = () => {},
): Promise<Result[]> {
  const results: Result[] = []
  for (const benchmark of benchmarks) {
    const prepared = await benchmark.prepare()
    try {
      const measurement = await measure(prepared, effort, watch)
      const result = { name: benchmark.name, size: prepared.size, ...measurement }
      results.push(result)
      onResult(result)
    } finally {
      await prepared.close?.()
    }
  }
  return results
}
