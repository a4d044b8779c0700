import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { MetricsText } from '../../api/options.ts'

/** What a family of series is called, what it means, and its label names. These are this server's own words. */
export interface FamilyHead {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

export interface FamilyDescription extends FamilyHead {
  readonly type: 'counter' | 'gauge' | 'histogram'
}

/** A family that writes its own series. */
export interface Family extends FamilyDescription {
  /** The lines of all series, each ended by a line feed. Between two chunks the event loop gets its turn. */
  chunks(): Iterable<string> | AsyncIterable<string>
}

/** One series, to be kept by whoever counts: an increment is then an addition and no search by labels. */
export interface Counter {
  value: number
}

export interface Histogram {
  observe(value: number): void
}

/** Gives the series of these label values, in the order of the label names; makes it when it is asked for first. */
export type SeriesOf<T> = (...values: string[]) => T

/** A series that is read at a scrape: its label values and its value. */
export type CollectedSeries = readonly [values: readonly string[], value: number]

/** How many values lie within each upper bound; the last count is of all values. */
export interface Buckets {
  readonly bounds: readonly number[]
  readonly cumulative: readonly number[]
  readonly sum: number
}

/** A label's value as the exposition format escapes it. Nearly all are names that need no escaping. */
export const escapeLabel = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`)) : value

const escapeHelp = (help: string): string => help.replace(/[\\\n]/g, (char) => (char === '\n' ? '\\n' : '\\\\'))

/** The two lines before the series of a family. */
export const headLines = ({ name, help, type }: Omit<FamilyDescription, 'labels'>): string =>
  `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`

/** `a="b",c="d"`: what stands between the braces of a series. */
function labelText({ name, labels }: FamilyHead, values: readonly string[]): string {
  if (values.length !== labels.length) throw new Error(`${name} needs a value for each of: ${labels.join(', ')}`)
  return labels.map((label, i) => `${label}="${escapeLabel(values[i] ?? '')}"`).join(',')
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`)

/** As Go writes a number that is none; all others are written alike. */
const numberText = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'

/** @param labels as between the braces, escaped; empty when there are none. */
export function histogramLines(name: string, labels: string, { bounds, cumulative, sum }: Buckets): string {
  const before = labels === '' ? '' : `${labels},`
  const buckets = cumulative.map((count, i) => `${name}_bucket{${before}le="${bounds[i] ?? '+Inf'}"} ${count}\n`)
  const all = braced(labels)
  return `${buckets.join('')}${name}_sum${all} ${numberText(sum)}\n${name}_count${all} ${cumulative.at(-1) ?? 0}\n`
}

/** Upper bounds of Prometheus' default buckets, seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** `count` upper bounds, each `factor` times the one before (Prometheus, ExponentialBuckets). */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  const bounds: number[] = []
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}

/** The index of the bucket that a value falls into; `bounds.length` is the one without bound. */
export function bucketOf(bounds: readonly number[], value: number): number {
  let i = 0
  while (i < bounds.length && value > (bounds[i] ?? 0)) i++
  return i
}

class FixedHistogram implements Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const i = bucketOf(this.#bounds, value)
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sum += value
  }

  buckets(): Buckets {
    let count = 0
    const cumulative = Array.from(this.#counts, (own) => {
      count += own
      return count
    })
    return { bounds: this.#bounds, cumulative, sum: this.#sum }
  }
}

/**
 * The metrics of this server and their text in Prometheus' format 0.0.4
 * (prometheus/docs, instrumenting/exposition_formats.md).
 */
export class MetricsRegistry implements MetricsText {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'
  readonly #families = new Map<string, Family>()

  add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`There are two metrics of the name ${family.name}`)
    this.#families.set(family.name, family)
  }

  counters(head: FamilyHead): SeriesOf<Counter> {
    return this.#series(
      { ...head, type: 'counter' },
      () => ({ value: 0 }),
      (labels, { value }) => `${head.name}${braced(labels)} ${numberText(value)}\n`,
    )
  }

  /** @param bounds the buckets' upper bounds, growing, without +Inf. */
  histograms(head: FamilyHead, bounds: readonly number[]): SeriesOf<Histogram> {
    return this.#series(
      { ...head, type: 'histogram' },
      () => new FixedHistogram(bounds),
      (labels, histogram) => histogramLines(head.name, labels, histogram.buckets()),
    )
  }

  /** A family whose series are read at each scrape. */
  collect(
    type: 'counter' | 'gauge',
    head: FamilyHead,
    read: () => Iterable<CollectedSeries> | Promise<Iterable<CollectedSeries>>,
  ): void {
    this.add({
      ...head,
      type,
      async *chunks() {
        const line = ([values, value]: CollectedSeries) =>
          `${head.name}${braced(labelText(head, values))} ${numberText(value)}\n`
        yield Array.from(await read(), line).join('')
      },
    })
  }

  /** All families, by name. */
  families(): readonly Family[] {
    return [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** The whole text: every family, one after the other. */
  async text(): Promise<string> {
    const chunks: string[] = []
    for (const family of this.families()) {
      chunks.push(headLines(family))
      let isFirst = true
      for await (const chunk of family.chunks()) {
        if (!isFirst) await yieldToOthers()
        isFirst = false
        chunks.push(chunk)
      }
    }
    return chunks.join('')
  }

  #series<T>(family: FamilyDescription, create: () => T, write: (labels: string, series: T) => string): SeriesOf<T> {
    const all = new Map<string, T>()
    this.add({
      ...family,
      *chunks() {
        // Joined, not added up: a sum of strings keeps all its parts, ten times the size.
        yield Array.from(all, ([labels, series]) => write(labels, series)).join('')
      },
    })
    return (...values) => {
      const labels = labelText(family, values)
      const known = all.get(labels)
      if (known !== undefined) return known
      const created = create()
      all.set(labels, created)
      return created
    }
  }
}
