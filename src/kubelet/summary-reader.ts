import type { PodSample, ResourceSample } from '../model/sample.ts'
import { type JsonCursor, OPEN_ARRAY, OPEN_OBJECT, peek } from './json-cursor.ts'
import { entersArray, firstField, moreOfArray, nextField, readText } from './json-items.ts'
import { LearningPodReader } from './learning-pod-reader.ts'
import { createNameTable } from './name-table.ts'
import { PodList } from './pod-list.ts'
import { RESOURCE_FIELDS, ResourceReader } from './summary-resource.ts'
import type { TextMemory } from './text-memory.ts'

const NODE = createNameTable(['nodeName', ...RESOURCE_FIELDS])

/** What a Summary says of the node itself. */
export interface NodePart {
  readonly nodeName: string | undefined
  readonly node: ResourceSample
}

/** Reads the parts of a Summary where the cursor is. A value of another kind than is expected is moved over. */
export class SummaryReader {
  readonly #cursor: JsonCursor
  readonly #texts: TextMemory
  readonly #resource: ResourceReader
  readonly #pods: LearningPodReader

  constructor(cursor: JsonCursor, texts: TextMemory) {
    this.#cursor = cursor
    this.#texts = texts
    this.#resource = new ResourceReader(cursor)
    this.#pods = new LearningPodReader(cursor, texts)
  }

  /** To be called whenever the cursor is set to another text. */
  begin(): void {
    this.#pods.begin()
  }

  /** `undefined` when the value is no object. */
  node(): NodePart | undefined {
    const cursor = this.#cursor
    const isObject = peek(cursor) === OPEN_OBJECT
    let nodeName: string | undefined
    this.#resource.reset()
    for (let key = firstField(cursor, NODE); key !== undefined; key = nextField(cursor, NODE)) {
      if (key === 'nodeName') nodeName = readText(cursor, this.#texts)
      else this.#resource.field(key)
    }
    return isObject ? { nodeName, node: this.#resource.resource() } : undefined
  }

  /** `undefined` when the value is no array. */
  pods(): readonly PodSample[] | undefined {
    const cursor = this.#cursor
    const isArray = peek(cursor) === OPEN_ARRAY
    const list = new PodList<PodSample>()
    if (entersArray(cursor)) {
      do {
        const pod = this.#pods.read()
        if (pod !== undefined) list.put(pod)
      } while (moreOfArray(cursor))
    }
    return isArray ? list.pods : undefined
  }
}
