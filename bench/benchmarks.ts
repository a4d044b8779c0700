import { accountingBenchmarks } from './accounting.ts'
import type { Benchmark } from './benchmark.ts'
import { decodeBenchmarks } from './decode.ts'
import { encodeBenchmarks } from './encode.ts'
import { hpaBenchmarks } from './hpa.ts'
import { pageBenchmarks } from './pages.ts'
import { quantityBenchmarks } from './quantities.ts'
import { resourceMetricsBenchmarks } from './resource-metrics.ts'
import { storeBenchmarks } from './store.ts'

/** All benchmarks, along the path of the data. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...decodeBenchmarks,
  ...storeBenchmarks,
  ...quantityBenchmarks,
  ...encodeBenchmarks,
  ...pageBenchmarks,
  ...hpaBenchmarks,
  ...accountingBenchmarks,
  ...resourceMetricsBenchmarks,
]
