import { SAMPLE_WIDTH, type SampleRows } from '../../model/sample-rows.ts'
import { cursorOf, type JsonCursor, OPEN_OBJECT, peek } from './json-cursor.ts'
import { valuesAt } from './json-values.ts'
import { PodReader } from './pod-reader.ts'
import type { PodSamples } from './pod-samples.ts'
import { FIRST_CONTAINER, hasUsage, NAME, NAMESPACE, UID } from './pod-values.ts'
import type { ShapeMemory } from './shape-memory.ts'
import type { TextMemory } from './text-memory.ts'

/** Longer pods are not learned: their kubelet makes them up. */
const LONGEST = 64 * 1024

/** Reads pods as {@link PodReader} does, and faster those that look like one that was read before. */
export class LearningPodReader {
  readonly #cursor: JsonCursor
  readonly #texts: TextMemory
  readonly #shapes: ShapeMemory
  readonly #reader: PodReader
  #mayLearn = false

  constructor(cursor: JsonCursor, texts: TextMemory, shapes: ShapeMemory) {
    this.#cursor = cursor
    this.#texts = texts
    this.#shapes = shapes
    this.#reader = new PodReader(cursor, texts)
  }

  /**
   * To be called before reading on, since others may have used the shapes meanwhile. One pod is learned from then on at
   * most: that bounds what odd ones cost.
   */
  begin(): void {
    this.#shapes.begin(this.#cursor.bytes)
    this.#mayLearn = true
  }

  read(into: PodSamples): void {
    const cursor = this.#cursor
    const isObject = peek(cursor) === OPEN_OBJECT
    const start = cursor.at
    const end = this.#shapes.match(start)
    if (end >= 0) {
      cursor.at = end
      this.#add(into)
      return
    }
    this.#reader.read(into)
    if (isObject && this.#mayLearn && cursor.at - start <= LONGEST) this.#learn(start)
  }

  #learn(start: number): void {
    this.#mayLearn = false
    const { bytes, at: end } = this.#cursor
    const values = valuesAt(cursorOf(bytes, start))
    if (values !== undefined) this.#shapes.learn(values, start, end)
  }

  /** The pod whose values the shapes have found. */
  #add(into: PodSamples): void {
    const namespace = this.#text(NAMESPACE)
    const name = this.#text(NAME)
    if (!namespace || !name) return
    const { values } = this.#shapes
    const names = new Array<string>(values.rows)
    for (let row = 0; row < names.length; row++) names[row] = this.#text(FIRST_CONTAINER + row) ?? ''
    const containers = { names, numbers: values.rowNumbers() }
    const uid = this.#text(UID) || undefined
    into.add(namespace, name, uid, values.haveUsage ? containers : withUsage(containers))
  }

  #text(place: number): string | undefined {
    const { starts, ends } = this.#shapes.values
    const start = starts[place] as number
    return start < 0 ? undefined : this.#texts.text(this.#cursor.bytes, start, ends[place] as number)
  }
}

/** In a known shape, a value is either a number that is of use, or null or absent. */
function withUsage({ names, numbers }: SampleRows): SampleRows {
  const used = [...names.keys()].filter((row) => hasUsage(numbers, row * SAMPLE_WIDTH))
  return {
    names: used.map((row) => names[row] as string),
    numbers: used.flatMap((row) => numbers.slice(row * SAMPLE_WIDTH, (row + 1) * SAMPLE_WIDTH)),
  }
}
