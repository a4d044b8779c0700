import type { Benchmark } from './benchmark.ts'
import { decodeBenchmarks } from './decode.ts'
import { encodeBenchmarks } from './encode.ts'
import { quantityBenchmarks } from './quantities.ts'

/** All benchmarks, along the path of the data. */
export const BENCHMARKS: readonly Benchmark[] = [...decodeBenchmarks, ...quantityBenchmarks, ...encodeBenchmarks]
