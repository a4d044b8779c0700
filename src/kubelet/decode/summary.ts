import type { NodeSample, ResourceSample } from '../../model/sample.ts'
import { type AnswerReader, decodeAtOnce, textStart } from './answer-reader.ts'
import { DecodeError } from './decode-error.ts'
import { cursorOf, fail, type JsonCursor, OPEN_ARRAY, OPEN_OBJECT, peek } from './json-cursor.ts'
import { entersArray, firstField, moreOfArray, nextField, readText } from './json-items.ts'
import { LearningPodReader } from './learning-pod-reader.ts'
import { checkPods, MOST_PART_BYTES } from './limits.ts'
import { createNameTable } from './name-table.ts'
import { PodSamples } from './pod-samples.ts'
import { ShapeMemory } from './shape-memory.ts'
import { RESOURCE_FIELDS, ResourceReader } from './summary-resource.ts'
import { TextMemory } from './text-memory.ts'

const SUMMARY = createNameTable(['node', 'pods'])
const NODE = createNameTable(['nodeName', ...RESOURCE_FIELDS])
const NOTHING = Buffer.alloc(0)

/** What is remembered from answer to answer, of all nodes. */
interface SummaryMemory {
  readonly texts: TextMemory
  readonly shapes: ShapeMemory
}

export const createSummaryMemory = (): SummaryMemory => ({ texts: new TextMemory(), shapes: new ShapeMemory() })

/**
 * Reads an answer of `/stats/summary` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go, `Summary`). It can be
 * interrupted before each pod.
 *
 * A field that is missing, null, of a wrong type, negative or beyond 64 bit is `undefined`. A pod without namespace or
 * name is left out; how others are put together is said at {@link PodSamples}. What is no JSON, or has neither a node
 * nor pods, is a DecodeError.
 */
export class SummaryReader implements AnswerReader {
  readonly #cursor: JsonCursor
  readonly #memory: SummaryMemory
  readonly #podReader: LearningPodReader
  /** `begin`: nothing is read yet; `field`: at the value of the field {@link #key}; `pod`: at an item of `pods`. */
  #at: 'begin' | 'field' | 'pod' | 'end' = 'begin'
  #key: string | undefined
  #isObject = false
  #nodeName: string | undefined
  #node: ResourceSample | undefined
  #pods: PodSamples | undefined
  #entries = 0

  constructor(body: Buffer, memory: SummaryMemory) {
    this.#cursor = cursorOf(body, textStart(body))
    this.#memory = memory
    this.#podReader = new LearningPodReader(this.#cursor, memory.texts, memory.shapes)
  }

  read(until: number): boolean {
    const cursor = this.#cursor
    this.#podReader.begin()
    try {
      while (this.#at !== 'end' && cursor.at < until) {
        this.#step()
      }
    } finally {
      this.#memory.shapes.begin(NOTHING)
    }
    return this.#at === 'end'
  }

  sample(): NodeSample {
    if (!this.#isObject) throw new DecodeError('no Summary: the answer is JSON, but no object')
    if (this.#node === undefined && this.#pods === undefined) {
      throw new DecodeError('no Summary: it has neither a node nor pods')
    }
    const pods = this.#pods?.finish() ?? { pods: [] }
    return { source: 'summary', nodeName: this.#nodeName, node: this.#node, ...pods }
  }

  #step(): void {
    const cursor = this.#cursor
    // White space before a part is no part of it: it costs little, and some writers indent much.
    const first = peek(cursor)
    cursor.limit = cursor.at + MOST_PART_BYTES
    if (this.#at === 'begin') {
      this.#isObject = first === OPEN_OBJECT
      this.#goTo(firstField(cursor, SUMMARY))
    } else if (this.#at === 'pod') {
      checkPods(++this.#entries)
      this.#podReader.read(this.#pods as PodSamples)
      if (!moreOfArray(cursor)) this.#goTo(nextField(cursor, SUMMARY))
    } else if (this.#key === 'node') {
      this.#readNode()
      this.#goTo(nextField(cursor, SUMMARY))
    } else {
      // Of a field that comes twice the last one counts, as in JSON.parse.
      this.#pods = first === OPEN_ARRAY ? new PodSamples() : undefined
      if (entersArray(cursor)) this.#at = 'pod'
      else this.#goTo(nextField(cursor, SUMMARY))
    }
  }

  #goTo(key: string | undefined): void {
    this.#key = key
    this.#at = key === undefined ? 'end' : 'field'
    if (key === undefined && peek(this.#cursor) !== -1) fail(this.#cursor, 'something follows the value')
  }

  #readNode(): void {
    const cursor = this.#cursor
    const resource = new ResourceReader(cursor)
    const isObject = peek(cursor) === OPEN_OBJECT
    let nodeName: string | undefined
    resource.reset()
    for (let key = firstField(cursor, NODE); key !== undefined; key = nextField(cursor, NODE)) {
      if (key === 'nodeName') nodeName = readText(cursor, this.#memory.texts)
      else resource.field(key)
    }
    this.#nodeName = nodeName || undefined
    this.#node = isObject ? resource.resource() : undefined
  }
}

/** Gives a decoder of Summaries that takes one turn for each, and remembers what they have in common. */
export function createSummaryDecoder(): (body: Buffer) => NodeSample {
  const memory = createSummaryMemory()
  return (body) => decodeAtOnce(new SummaryReader(body, memory))
}
