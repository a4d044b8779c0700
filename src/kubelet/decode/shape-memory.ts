import type { JsonValue } from './json-values.ts'
import { type Literal, Literals } from './literals.ts'
import { MOST_ROWS, PodValues, placesOf, rowsOf, type Use, useOf } from './pod-values.ts'
import { ValueScan } from './value-scan.ts'

/** Room for some hundred shapes. */
const MOST_BYTES = 256 * 1024
/** Where texts go on in more ways than this there is no shape to be found. */
const MOST_WAYS = 16
const NO_MATCH = -1
const ABSENT = -1

/** What comes after a stretch of text: a value, or the end of a pod of which so much is then known to be missing. */
type Next = Use | { readonly use: 'end'; readonly missing: Missing }

/** A stretch of text that all pods of a shape have, and how the text can go on after what follows it. */
interface Step {
  readonly literal: Literal
  readonly next: Next
  readonly ways: Step[]
}

/** What a pod of a shape does not tell. */
interface Missing {
  readonly rows: number
  readonly numbers: readonly number[]
  readonly texts: readonly number[]
}

/**
 * The shapes of the pods in Summaries: their texts without the values. A kubelet writes each pod alike, as often as
 * it is asked, and so do others: what comes between two values is compared as a whole instead of being read. A text that
 * has a shape is valid JSON and means what its shape does, since only values of the same kind are in other places.
 */
export class ShapeMemory {
  readonly values = new PodValues()
  readonly #scan = new ValueScan()
  readonly #literals = new Literals(MOST_BYTES)
  #first: Step[] = []
  #end = 0
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))

  /** The text that is read from now on. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#scan.begin(bytes, this.#view)
  }

  /** Where the pod ends that begins at `start`, its values in {@link values}; −1 when its shape is not known. */
  match(start: number): number {
    let ways = this.#first
    let at = start
    for (;;) {
      const step = this.#step(ways, at)
      if (step === undefined) return NO_MATCH
      at = this.#end
      if (step.next.use === 'end') return this.#ended(step.next.missing)
      ways = step.ways
    }
  }

  /** Learns the shape of a pod with these values, from `start` to `end`. */
  learn(values: readonly JsonValue[], start: number, end: number): void {
    if (rowsOf(values) > MOST_ROWS) return
    if (this.#learn(values, start, end)) return
    this.#first = []
    this.#literals.clear()
    if (!this.#learn(values, start, end)) this.#first = []
  }

  /** The way that the text goes on from `from`, with the value after it taken; where that ends is in `#end`. */
  #step(ways: readonly Step[], from: number): Step | undefined {
    for (let i = 0; i < ways.length; i++) {
      const step = ways[i] as Step
      if (!this.#isAt(step.literal, from)) continue
      this.#end = this.#take(step.next, from + step.literal.length)
      if (this.#end !== NO_MATCH) return step
    }
    return undefined
  }

  #take(next: Next, at: number): number {
    const scan = this.#scan
    if (next.use === 'skip-number') return scan.number(at)
    if (next.use === 'skip-text') return scan.textOrTime(at)
    if (next.use === 'end') return at
    const { numbers, starts, ends } = this.values
    if (next.use === 'text') {
      const end = scan.text(at)
      starts[next.place] = at
      ends[next.place] = end
      return end
    }
    const end = next.use === 'time' ? scan.time(at) : scan.count(at)
    numbers[next.place] = scan.value
    return end
  }

  #ended({ rows, numbers, texts }: Missing): number {
    const { values } = this
    values.rows = rows
    for (let i = 0; i < numbers.length; i++) values.numbers[numbers[i] as number] = Number.NaN
    for (let i = 0; i < texts.length; i++) values.starts[texts[i] as number] = ABSENT
    return this.#end
  }

  #learn(values: readonly JsonValue[], start: number, end: number): boolean {
    let ways = this.#first
    let at = start
    for (const { kind, path, ...value } of values) {
      if (kind === 'fixed') continue
      const step = this.#stepTo(ways, at, value.start, useOf(kind, path))
      if (step === undefined) return false
      ways = step.ways
      at = value.end
    }
    return this.#stepTo(ways, at, end, { use: 'end', missing: missingOf(values) }) !== undefined
  }

  /** The way over the text from `from` to `to`: the one that there is, or a new one; `undefined` when there is no room. */
  #stepTo(ways: Step[], from: number, to: number, next: Next): Step | undefined {
    const known = ways.find(({ literal, next: { use } }) => {
      return use === next.use && literal.length === to - from && this.#isAt(literal, from)
    })
    if (known !== undefined) return known
    const literal = ways.length < MOST_WAYS ? this.#literals.add(this.#bytes, from, to) : undefined
    if (literal === undefined) return undefined
    const step = { literal, next, ways: [] }
    ways.push(step)
    return step
  }

  #isAt(literal: Literal, at: number): boolean {
    return this.#literals.isAt(literal, this.#view, this.#bytes.length, at)
  }
}

function missingOf(values: readonly JsonValue[]): Missing {
  const rows = rowsOf(values)
  const all = placesOf(rows)
  const [numbers, texts] = [new Set(all.numbers), new Set(all.texts)]
  for (const { kind, path } of values) {
    if (kind === 'fixed') continue
    const { use, place } = useOf(kind, path)
    if (use === 'text') texts.delete(place)
    else numbers.delete(place)
  }
  return { rows, numbers: [...numbers], texts: [...texts] }
}
