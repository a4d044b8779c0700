import * as Column from '../../model/sample-rows.ts'
import type { NodeSample, ResourceSample, SampleRows } from '../../model/sample.ts'
import {
  cursorOf,
  entersArray,
  fail,
  firstField,
  type JsonCursor,
  moreOfArray,
  nextField,
  OPEN_ARRAY,
  OPEN_OBJECT,
  peek,
  readText,
  valuesAt,
} from './json-reader.ts'
import { PodSamples } from './pod-samples.ts'
import { FIRST_CONTAINER, hasUsage, NAME, NAMESPACE, POD_ROW, PodTemplates, UID } from './pod-templates.ts'
import { PressureReader } from './pressure.ts'
import {
  type ResponseReader,
  checkPods,
  decodeAtOnce,
  DecodeError,
  MOST_CONTAINERS_OF_POD,
  MOST_PART_BYTES,
  textStart,
} from './response-reader.ts'
import { CONTAINER_FIELDS, NODE_FIELDS, ResourceReader } from './resource-reader.ts'
import { createNameTable, StringInterner } from './string-interner.ts'

const SUMMARY = createNameTable(['node', 'pods'])
const NODE = createNameTable(['nodeName', ...NODE_FIELDS])
const POD = createNameTable(['podRef', 'containers'])
const POD_REF = createNameTable(['name', 'namespace', 'uid'])
const CONTAINER = createNameTable(['name', ...CONTAINER_FIELDS])
const NOTHING = Buffer.alloc(0)
/** Longer pods are not learned, since no real one is so long. */
const LONGEST = 64 * 1024

/** Pods of a whole Summary are longer, and differ by their volumes. */
const WHOLE_TEMPLATE_BYTES = 2 ** 20

/** What is kept from response to response, for all nodes. */
interface SummaryMemory {
  readonly strings: StringInterner
  readonly templates: PodTemplates
  /** Pressure is read too. */
  readonly readsPressure: boolean
}

export const createSummaryMemory = (readsPressure = false): SummaryMemory => ({
  strings: new StringInterner(),
  templates: new PodTemplates({ readsPressure }),
  readsPressure,
})

/** The memory for whole Summaries, apart so that their many layouts do not displace those of the common form. */
export const createWholeSummaryMemory = ({ strings, readsPressure }: SummaryMemory): SummaryMemory => ({
  strings,
  templates: new PodTemplates({ mostBytes: WHOLE_TEMPLATE_BYTES, readsPressure }),
  readsPressure,
})

/**
 * Reads an answer of `/stats/summary` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go, `Summary`). It can be
 * interrupted before each pod.
 *
 * A field that is missing, null, of a wrong type, negative or beyond 64 bit is `undefined`. A pod without namespace or
 * name is left out; {@link PodSamples} combines the others. A body that is no JSON, or has neither a node nor pods, is a
 * DecodeError.
 */
export class SummaryReader implements ResponseReader {
  readonly #cursor: JsonCursor
  readonly #memory: SummaryMemory
  readonly #podReader: PodReader
  readonly #pressure: PressureReader | undefined
  /** `begin`: nothing is read; `field`: at the value of the field {@link #key}; `pod`: at an item of `pods`. */
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
    this.#pressure = memory.readsPressure ? new PressureReader(this.#cursor, memory.strings) : undefined
    this.#podReader = new PodReader(this.#cursor, memory, this.#pressure)
  }

  read(until: number): boolean {
    const cursor = this.#cursor
    this.#podReader.begin()
    try {
      while (this.#at !== 'end' && cursor.at < until) {
        this.#step()
      }
    } finally {
      this.#memory.templates.begin(NOTHING)
    }
    return this.#at === 'end'
  }

  sample(): NodeSample {
    if (!this.#isObject) throw new DecodeError('no Summary: the answer is JSON, but no object')
    if (this.#node === undefined && this.#pods === undefined) {
      throw new DecodeError('no Summary: it has neither a node nor pods')
    }
    const pods = this.#pods?.finish() ?? { pods: [] }
    const sample: NodeSample = { source: 'summary', nodeName: this.#nodeName, node: this.#node, ...pods }
    return this.#pressure === undefined ? sample : { ...sample, pressure: this.#pressure.finish() }
  }

  #step(): void {
    const cursor = this.#cursor
    // White space before a part does not count for its limit, since some writers indent much.
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
      this.#pressure?.clearPods()
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
    const start = cursor.at
    let nodeName: string | undefined
    resource.reset()
    for (let key = firstField(cursor, NODE); key !== undefined; key = nextField(cursor, NODE)) {
      if (key === 'nodeName') nodeName = readText(cursor, this.#memory.strings)
      else resource.field(key)
    }
    this.#nodeName = nodeName || undefined
    this.#node = isObject ? resource.resource() : undefined
    this.#pressure?.readNode(start)
  }
}

/** A decoder of Summaries that decodes each in one turn of the event loop. */
export function createSummaryDecoder(readsPressure = false): (body: Buffer) => NodeSample {
  const memory = createSummaryMemory(readsPressure)
  return (body) => decodeAtOnce(new SummaryReader(body, memory))
}

/**
 * Reads the pod at the cursor, by the template of a pod that was read before, or key by key when no template matches. A
 * value of an unexpected kind is skipped.
 */
class PodReader {
  readonly #cursor: JsonCursor
  readonly #strings: StringInterner
  readonly #templates: PodTemplates
  readonly #resource: ResourceReader
  readonly #pressure: PressureReader | undefined
  #mayLearn = false
  #namespace: string | undefined
  #name: string | undefined
  #uid: string | undefined
  #names: string[] = []
  #numbers: number[] = []

  constructor(cursor: JsonCursor, { strings, templates }: SummaryMemory, pressure: PressureReader | undefined) {
    this.#cursor = cursor
    this.#pressure = pressure
    this.#strings = strings
    this.#templates = templates
    this.#resource = new ResourceReader(cursor)
  }

  /**
   * Must be called before each turn, since other readers use the same templates. At most one pod is learned in a turn,
   * which bounds the cost of pods that match none.
   */
  begin(): void {
    this.#templates.begin(this.#cursor.bytes)
    this.#mayLearn = true
  }

  /** A pod without namespace or name is left out. */
  read(into: PodSamples): void {
    const cursor = this.#cursor
    const isObject = peek(cursor) === OPEN_OBJECT
    const start = cursor.at
    const end = this.#templates.match(start)
    if (end >= 0) {
      cursor.at = end
      this.#addMatched(into)
      return
    }
    this.#readByKey(into)
    this.#pressure?.readPod(start)
    if (isObject && this.#mayLearn && cursor.at - start <= LONGEST) this.#learn(start)
  }

  #learn(start: number): void {
    this.#mayLearn = false
    const { bytes, at: end } = this.#cursor
    const values = valuesAt(cursorOf(bytes, start))
    if (values !== undefined) this.#templates.learn(values, start, end)
  }

  /** Adds the pod whose values a template has matched. */
  #addMatched(into: PodSamples): void {
    const namespace = this.#matchedText(NAMESPACE)
    const name = this.#matchedText(NAME)
    if (!namespace || !name) return
    const { values } = this.#templates
    const names = new Array<string>(values.rows)
    for (let row = 0; row < names.length; row++) names[row] = this.#matchedText(FIRST_CONTAINER + row) ?? ''
    // Before times of CPU are filled in from those of memory.
    if (this.#pressure !== undefined) this.#addPressure(namespace, name, names, this.#pressure)
    const containers = { names, numbers: values.rowNumbers() }
    const uid = this.#matchedText(UID) || undefined
    into.add(namespace, name, uid, values.haveUsage ? containers : withUsage(containers))
  }

  #addPressure(namespace: string, name: string, containers: readonly string[], pressure: PressureReader): void {
    const { values } = this.#templates
    for (let row = 0; row < containers.length; row++) {
      const container = containers[row] as string
      if (container !== '') pressure.add(namespace, name, container, values.pressureOf(row))
    }
    pressure.add(namespace, name, '', values.pressureOf(POD_ROW))
  }

  #matchedText(place: number): string | undefined {
    const { starts, ends } = this.#templates.values
    const start = starts[place] as number
    return start < 0 ? undefined : this.#strings.intern(this.#cursor.bytes, start, ends[place] as number)
  }

  #readByKey(into: PodSamples): void {
    const cursor = this.#cursor
    this.#namespace = this.#name = this.#uid = undefined
    this.#names = []
    this.#numbers = []
    for (let key = firstField(cursor, POD); key !== undefined; key = nextField(cursor, POD)) {
      if (key === 'containers') this.#containers()
      else this.#podRef()
    }
    const [namespace, name, names, numbers] = [this.#namespace, this.#name, this.#names, this.#numbers]
    if (namespace && name) into.add(namespace, name, this.#uid || undefined, { names, numbers })
  }

  #podRef(): void {
    const cursor = this.#cursor
    this.#namespace = this.#name = this.#uid = undefined
    for (let key = firstField(cursor, POD_REF); key !== undefined; key = nextField(cursor, POD_REF)) {
      const text = readText(cursor, this.#strings)
      if (key === 'name') this.#name = text
      else if (key === 'namespace') this.#namespace = text
      else this.#uid = text
    }
  }

  #containers(): void {
    const cursor = this.#cursor
    this.#names = []
    this.#numbers = []
    if (!entersArray(cursor)) return
    do this.#container()
    while (moreOfArray(cursor))
  }

  /** One container more than allowed is kept, so that the pod is left out. */
  #container(): void {
    const cursor = this.#cursor
    let name: string | undefined
    this.#resource.reset()
    for (let key = firstField(cursor, CONTAINER); key !== undefined; key = nextField(cursor, CONTAINER)) {
      if (key === 'name') name = readText(cursor, this.#strings)
      else this.#resource.field(key)
    }
    if (!this.#resource.hasUsage || this.#names.length > MOST_CONTAINERS_OF_POD) return
    this.#names.push(name ?? '')
    this.#resource.addTo(this.#numbers)
  }
}

/** The containers with CPU or memory; in a matched pod a value is either a usable number or missing. */
function withUsage({ names, numbers }: SampleRows): SampleRows {
  const used = [...names.keys()].filter((row) => hasUsage(numbers, row * Column.SAMPLE_WIDTH))
  return {
    names: used.map((row) => names[row] as string),
    numbers: used.flatMap((row) => numbers.slice(row * Column.SAMPLE_WIDTH, (row + 1) * Column.SAMPLE_WIDTH)),
  }
}
