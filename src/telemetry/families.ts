import type { Metric } from 'prom-client'
import { bucketOf } from './histogram.ts'

/** What a family of series is called and what it tells. */
export interface FamilyHead {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** A family that a registry takes among its own. */
export interface Family {
  readonly metric: Metric
}

/** One series, to be kept by whoever counts: to find it again by its labels each time is what costs. */
export interface Counter {
  value: number
}

export interface CounterFamily extends Family {
  /** Makes a series, one value to each label name. To be called once for the same values. */
  series(...values: string[]): Counter
}

export interface Histogram {
  observe(value: number): void
}

export interface HistogramFamily extends Family {
  /** As {@link CounterFamily.series}. */
  series(...values: string[]): Histogram
}

type Labels = Readonly<Record<string, string | number>>
interface Line {
  readonly metricName?: string
  readonly labels: Labels
  readonly value: number
}

/** What a registry of prom-client uses of a metric: its head and `get`. */
export function plainMetric(head: FamilyHead, type: 'counter' | 'gauge' | 'histogram', lines: () => Line[]): Metric {
  const metric = { ...head, type, get: async () => ({ ...head, type, values: lines() }), reset() {} }
  return metric as unknown as Metric
}

/** The names are this server's own; what comes from outside is in the values. */
function labelsOf({ name, labelNames }: FamilyHead, values: readonly string[]): Labels {
  if (values.length !== labelNames.length) throw new Error(`${name}: a value for each of ${labelNames.join(', ')}`)
  return Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? '']))
}

/** A counter costs an addition: prom-client's takes a microsecond to find the series by its labels. */
export function createCounters(head: FamilyHead): CounterFamily {
  const all: { readonly labels: Labels; readonly counter: Counter }[] = []
  return {
    series(...values) {
      const counter = { value: 0 }
      all.push({ labels: labelsOf(head, values), counter })
      return counter
    },
    metric: plainMetric(head, 'counter', () => all.map(({ labels, counter }) => ({ labels, value: counter.value }))),
  }
}

/** @param bounds the buckets' upper bounds, growing, without +Inf. */
export function createHistograms(head: FamilyHead, bounds: readonly number[]): HistogramFamily {
  const all: Numbers[] = []
  return {
    series(...values) {
      const numbers = new Numbers(labelsOf(head, values), bounds)
      all.push(numbers)
      return numbers
    },
    metric: plainMetric(head, 'histogram', () => all.flatMap((numbers) => numbers.lines(head.name))),
  }
}

class Numbers implements Histogram {
  readonly #labels: Labels
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(labels: Labels, bounds: readonly number[]) {
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const i = bucketOf(this.#bounds, value)
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sum += value
  }

  lines(name: string): Line[] {
    const cumulative: number[] = []
    let count = 0
    for (const own of this.#counts) {
      count += own
      cumulative.push(count)
    }
    return histogramLines(name, this.#labels, { bounds: this.#bounds, cumulative, sum: this.#sum })
  }
}

/** @param cumulative how many values lie within each bound; the last is of all of them. */
export function histogramLines(
  name: string,
  labels: Labels,
  { bounds, cumulative, sum }: { bounds: readonly number[]; cumulative: readonly number[]; sum: number },
): Line[] {
  return [
    ...cumulative.map((value, i) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bounds[i] ?? '+Inf' },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 },
  ]
}
