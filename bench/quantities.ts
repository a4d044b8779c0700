import { bytesQuantity, cpuQuantity } from '../src/kubernetes/quantity.ts'
import type { Benchmark } from './benchmark.ts'

const COUNT = 3000

export const quantityBenchmarks: readonly Benchmark[] = [
  {
    name: 'write quantities',
    prepare() {
      // Values as they come: no two alike, a few of them round.
      const values = Array.from({ length: COUNT }, (_, i) => i * 95_485_194 + (i % 7) * 1024)
      return {
        size: `CPU and memory of ${COUNT} containers`,
        run: () => values.reduce((length, v) => length + cpuQuantity(v).length + bytesQuantity(v).length, 0),
      }
    },
  },
]
