import type { JsonValue } from './json-values.ts'
import { type Literal, Literals } from './literals.ts'
import { MOST_ROWS, PodValues, placesOf, rowsOf, useOf } from './pod-values.ts'
import { ValueScan } from './value-scan.ts'

/** Room for some hundred shapes. */
const MOST_BYTES = 256 * 1024
/** Where texts go on in more ways than this there is no shape to be found. */
const MOST_WAYS = 16
const NO_MATCH = -1
const ABSENT = -1

/** A stretch of text that all pods of a shape have, what follows it, and how the text can go on after that. */
interface Step {
  readonly literal: Literal
  readonly use: 'skip-text' | 'skip-number' | 'text' | 'time' | 'count' | 'end'
  readonly place: number
  readonly ways: Step[]
  /** What a pod of this shape does not tell. */
  readonly missing: Missing | undefined
}

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
      if (step.missing !== undefined) return this.#ended(step.missing)
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
      if (!this.#literals.isAt(step.literal, this.#view, this.#bytes.length, from)) continue
      this.#end = this.#take(step, from + step.literal.length)
      if (this.#end !== NO_MATCH) return step
    }
    return undefined
  }

  #take({ use, place }: Step, at: number): number {
    const scan = this.#scan
    if (use === 'skip-number') return scan.number(at)
    if (use === 'skip-text') return scan.textOrTime(at)
    if (use === 'end') return at
    const { numbers, starts, ends } = this.values
    if (use === 'text') {
      const end = scan.text(at)
      starts[place] = at
      ends[place] = end
      return end
    }
    const end = use === 'time' ? scan.time(at) : scan.count(at)
    numbers[place] = scan.value
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
    for (const value of values) {
      if (value.kind === 'fixed') continue
      const use = useOf(value)
      const name = use.as === 'nothing' ? (`skip-${value.kind}` as const) : use.as
      const place = use.as === 'nothing' ? 0 : use.place
      const step = this.#stepTo(ways, at, value.start, name, place, undefined)
      if (step === undefined) return false
      ways = step.ways
      at = value.end
    }
    return this.#stepTo(ways, at, end, 'end', 0, missingOf(values)) !== undefined
  }

  #stepTo(
    ways: Step[],
    from: number,
    to: number,
    use: Step['use'],
    place: number,
    missing: Missing | undefined,
  ): Step | undefined {
    const known = ways.find(
      (step) =>
        step.use === use &&
        step.literal.length === to - from &&
        this.#literals.isAt(step.literal, this.#view, this.#bytes.length, from),
    )
    if (known !== undefined) return known
    const literal = ways.length < MOST_WAYS ? this.#literals.add(this.#bytes, from, to) : undefined
    if (literal === undefined) return undefined
    const step = { literal, use, place, ways: [], missing }
    ways.push(step)
    return step
  }
}

function missingOf(values: readonly JsonValue[]): Missing {
  const rows = rowsOf(values)
  const all = placesOf(rows)
  const [numbers, texts] = [new Set(all.numbers), new Set(all.texts)]
  for (const value of values) {
    const use = useOf(value)
    if (use.as === 'text') texts.delete(use.place)
    else if (use.as !== 'nothing') numbers.delete(use.place)
  }
  return { rows, numbers: [...numbers], texts: [...texts] }
}
