import { createExpositionDecoder } from '../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../src/kubelet/decode/summary.ts'
import type { Benchmark } from './benchmark.ts'
import { pressureAnswer, resourceAnswer, summaryAnswer, wholeSummaryAnswer } from './kubelet-answers.ts'

const decodeExposition = createExpositionDecoder()
const decodeSummary = createSummaryDecoder()

const decodeWholeSummary = createSummaryDecoder()
const decodeWithoutPressure = createSummaryDecoder()
const decodePressure = createSummaryDecoder(true)

const PODS = 30

function decoding(name: string, answer: (pods: number) => Buffer, decode: (body: Buffer) => unknown): Benchmark {
  return {
    name,
    prepare() {
      const body = answer(PODS)
      return { size: `${PODS} pods × 2, ${Math.round(body.length / 1024)} KiB`, run: () => decode(body) }
    },
  }
}

export const decodeBenchmarks: readonly Benchmark[] = [
  decoding('decode /stats/summary', summaryAnswer, decodeSummary),
  decoding('decode a whole /stats/summary', wholeSummaryAnswer, decodeWholeSummary),
  decoding('decode /stats/summary, leaving out pressure', pressureAnswer, decodeWithoutPressure),
  decoding('decode /stats/summary and its pressure', pressureAnswer, decodePressure),
  decoding('decode /metrics/resource', resourceAnswer, decodeExposition),
]
