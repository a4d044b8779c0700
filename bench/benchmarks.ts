import type { Benchmark } from './benchmark.ts'
import { quantityBenchmarks } from './quantities.ts'

/** All benchmarks, along the path of the data. */
export const BENCHMARKS: readonly Benchmark[] = [...quantityBenchmarks]
