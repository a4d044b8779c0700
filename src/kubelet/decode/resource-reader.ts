import * as Column from '../../model/sample-rows.ts'
import type { ResourceSample } from '../../model/sample.ts'
import {
  firstField,
  isNull,
  type JsonCursor,
  nextField,
  OPEN_OBJECT,
  peek,
  readCount,
  readTime,
} from './json-reader.ts'
import { storageOf } from './pod-templates.ts'
import { createNameTable } from './string-interner.ts'

const COMMON_FIELDS = ['startTime', 'cpu', 'memory', 'swap'] as const
/** The fields of a node, and those of a container, that {@link ResourceReader.field} reads. */
export const NODE_FIELDS = [...COMMON_FIELDS, 'fs'] as const
export const CONTAINER_FIELDS = [...COMMON_FIELDS, 'rootfs', 'logs'] as const

const CPU = createNameTable(['time', 'usageNanoCores', 'usageCoreNanoSeconds'])
const MEMORY = createNameTable(['time', 'workingSetBytes'])
const SWAP = createNameTable(['swapUsageBytes', 'swapAvailableBytes'])
const FILESYSTEM = createNameTable(['usedBytes'])

/**
 * Reads the resource fields of `NodeStats` and `ContainerStats` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go), one
 * object after the other. Of a repeated field the last one counts, as in JSON.parse.
 */
export class ResourceReader {
  readonly #cursor: JsonCursor
  /** As in a row of {@link SampleRows}; the time is that of the CPU. */
  readonly #numbers: number[] = new Array(Column.SAMPLE_WIDTH).fill(Number.NaN)
  #memoryTimeMs = Number.NaN
  #hasCpu = false
  #hasMemory = false
  /** A node has one filesystem, a container two. */
  #fsBytes = Number.NaN
  #logsBytes = Number.NaN

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor
  }

  /** Begins another object. */
  reset(): void {
    this.#numbers[Column.START] = Number.NaN
    this.#resetCpu()
    this.#resetMemory()
    this.#resetSwap()
    this.#fsBytes = this.#logsBytes = Number.NaN
  }

  /** Reads the value of one of {@link NODE_FIELDS} or {@link CONTAINER_FIELDS}. */
  field(key: string): void {
    if (key === 'cpu') this.#readCpu()
    else if (key === 'memory') this.#readMemory()
    else if (key === 'swap') this.#readSwap()
    else if (key === 'fs' || key === 'rootfs') this.#fsBytes = this.#readUsedBytes()
    else if (key === 'logs') this.#logsBytes = this.#readUsedBytes()
    else this.#numbers[Column.START] = readTime(this.#cursor)
  }

  /** Whether it has a value for CPU or memory, usable or not. */
  get hasUsage(): boolean {
    return this.#hasCpu || this.#hasMemory
  }

  /** Adds a row of {@link SampleRows}. */
  addTo(numbers: number[]): void {
    this.#settleTime()
    this.#numbers[Column.STORAGE] = storageOf(this.#fsBytes, this.#logsBytes)
    for (let i = 0; i < Column.SAMPLE_WIDTH; i++) numbers.push(this.#numbers[i] as number)
  }

  /** The sample of a node. */
  resource(): ResourceSample {
    this.#settleTime()
    this.#numbers[Column.STORAGE] = storageOf(this.#fsBytes, 0)
    return Column.unpackSample(this.#numbers, 0)
  }

  /** The time of CPU counts, since rates are computed from it, and that of memory only in its absence. */
  #settleTime(): void {
    if (Number.isNaN(this.#numbers[Column.TIME])) this.#numbers[Column.TIME] = this.#memoryTimeMs
  }

  #resetCpu(): void {
    this.#hasCpu = false
    this.#numbers[Column.TIME] = Number.NaN
    this.#numbers[Column.OWN_RATE] = Number.NaN
    this.#numbers[Column.CPU] = Number.NaN
  }

  #resetMemory(): void {
    this.#hasMemory = false
    this.#memoryTimeMs = Number.NaN
    this.#numbers[Column.WORKING_SET] = Number.NaN
  }

  #resetSwap(): void {
    this.#numbers[Column.SWAP] = Number.NaN
    this.#numbers[Column.SWAP_AVAILABLE] = Number.NaN
  }

  /** Whether the value here is neither null nor an object. */
  #isOdd(): boolean {
    return peek(this.#cursor) !== OPEN_OBJECT && !isNull(this.#cursor)
  }

  #readCpu(): void {
    const cursor = this.#cursor
    this.#resetCpu()
    this.#hasCpu = this.#isOdd()
    for (let key = firstField(cursor, CPU); key !== undefined; key = nextField(cursor, CPU)) {
      if (key === 'time') this.#numbers[Column.TIME] = readTime(cursor)
      else {
        if (!isNull(cursor)) this.#hasCpu = true
        this.#numbers[key === 'usageNanoCores' ? Column.OWN_RATE : Column.CPU] = readCount(cursor)
      }
    }
  }

  #readMemory(): void {
    const cursor = this.#cursor
    this.#resetMemory()
    this.#hasMemory = this.#isOdd()
    for (let key = firstField(cursor, MEMORY); key !== undefined; key = nextField(cursor, MEMORY)) {
      if (key === 'time') this.#memoryTimeMs = readTime(cursor)
      else {
        if (!isNull(cursor)) this.#hasMemory = true
        this.#numbers[Column.WORKING_SET] = readCount(cursor)
      }
    }
  }

  #readUsedBytes(): number {
    const cursor = this.#cursor
    let bytes = Number.NaN
    for (let key = firstField(cursor, FILESYSTEM); key !== undefined; key = nextField(cursor, FILESYSTEM)) {
      bytes = readCount(cursor)
    }
    return bytes
  }

  #readSwap(): void {
    const cursor = this.#cursor
    this.#resetSwap()
    for (let key = firstField(cursor, SWAP); key !== undefined; key = nextField(cursor, SWAP)) {
      this.#numbers[key === 'swapUsageBytes' ? Column.SWAP : Column.SWAP_AVAILABLE] = readCount(cursor)
    }
  }
}
