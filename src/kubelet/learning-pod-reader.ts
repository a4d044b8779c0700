import type { ContainerSample, PodSample } from '../model/sample.ts'
import { packSamples, type SampleRows, unpackSamples } from '../model/sample-rows.ts'
import type { JsonCursor } from './json-cursor.ts'
import { OPEN_OBJECT, peek } from './json-cursor.ts'
import { valuesAt } from './json-values.ts'
import { NamedList } from './named-list.ts'
import { PodReader } from './pod-reader.ts'
import { FIRST_CONTAINER, NAME, NAMESPACE, UID } from './pod-values.ts'
import { ShapeMemory } from './shape-memory.ts'
import type { TextMemory } from './text-memory.ts'

/** Longer pods are not learned: their kubelet makes them up. */
const LONGEST = 64 * 1024

/** Reads pods as {@link PodReader} does, and faster those that look like one that was read before. */
export class LearningPodReader {
  readonly #cursor: JsonCursor
  readonly #texts: TextMemory
  readonly #reader: PodReader
  readonly #shapes = new ShapeMemory()
  #mayLearn = false

  constructor(cursor: JsonCursor, texts: TextMemory) {
    this.#cursor = cursor
    this.#texts = texts
    this.#reader = new PodReader(cursor, texts)
  }

  /** To be called whenever the cursor is set to another text. One pod of each is learned at most: that bounds what odd ones cost. */
  begin(): void {
    this.#shapes.begin(this.#cursor.bytes)
    this.#mayLearn = true
  }

  /** `undefined` when it cannot be told which pod it is or which containers it has. */
  read(): PodSample | undefined {
    const cursor = this.#cursor
    const isObject = peek(cursor) === OPEN_OBJECT
    const start = cursor.at
    const end = this.#shapes.match(start)
    if (end >= 0) {
      cursor.at = end
      return this.#pod()
    }
    const pod = this.#reader.read()
    if (isObject && this.#mayLearn && cursor.at - start <= LONGEST) this.#learn(start)
    return pod
  }

  #learn(start: number): void {
    this.#mayLearn = false
    const { bytes, at: end } = this.#cursor
    const values = valuesAt({ bytes, at: start })
    if (values !== undefined) this.#shapes.learn(values, start, end)
  }

  #pod(): PodSample | undefined {
    const namespace = this.#text(NAMESPACE)
    const name = this.#text(NAME)
    const uid = this.#text(UID)
    const { values } = this.#shapes
    const names = new Array<string>(values.rows)
    let isUnique = true
    for (let row = 0; row < names.length; row++) {
      const container = this.#text(FIRST_CONTAINER + row)
      if (!container) return undefined
      for (let other = 0; other < row; other++) if (names[other] === container) isUnique = false
      names[row] = container
    }
    if (!namespace || !name) return undefined
    const containers = { names, numbers: values.rowNumbers() }
    return { namespace, name, uid, containers: isUnique ? containers : lastOfEach(containers) }
  }

  #text(place: number): string | undefined {
    const { starts, ends } = this.#shapes.values
    const start = starts[place] as number
    return start < 0 ? undefined : this.#texts.text(this.#cursor.bytes, start, ends[place] as number)
  }
}

/** Of containers that come twice the last one holds. */
function lastOfEach(containers: SampleRows): SampleRows {
  const list = new NamedList<ContainerSample>()
  for (const container of unpackSamples(containers)) list.put(container)
  return packSamples(list.items)
}
