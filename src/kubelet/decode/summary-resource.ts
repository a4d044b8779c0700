import type { ResourceSample } from '../../model/sample.ts'
import * as Column from '../../model/sample-rows.ts'
import { type JsonCursor, OPEN_OBJECT, peek } from './json-cursor.ts'
import { firstField, isNull, nextField, readCount, readTime } from './json-items.ts'
import { createNameTable } from './name-table.ts'

/** The fields of a node or a container that hold what it uses: read them with {@link ResourceReader.field}. */
export const RESOURCE_FIELDS = ['startTime', 'cpu', 'memory', 'swap'] as const

const CPU = createNameTable(['time', 'usageNanoCores', 'usageCoreNanoSeconds'])
const MEMORY = createNameTable(['time', 'workingSetBytes'])
const SWAP = createNameTable(['swapUsageBytes', 'swapAvailableBytes'])

/**
 * Gathers the resource fields of one object after the other: `NodeStats` and `ContainerStats` (k8s.io/kubelet,
 * pkg/apis/stats/v1alpha1/types.go). Of a field that comes twice the last one counts, as in JSON.parse.
 */
export class ResourceReader {
  readonly #cursor: JsonCursor
  /** As in a row of {@link Column.SampleRows}; the time is that of the CPU. */
  readonly #numbers: number[] = new Array(Column.SAMPLE_WIDTH).fill(Number.NaN)
  #memoryTimeMs = Number.NaN
  #hasCpu = false
  #hasMemory = false

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor
  }

  /** Forgets what was gathered. */
  reset(): void {
    this.#numbers[Column.START] = Number.NaN
    this.#resetCpu()
    this.#resetMemory()
    this.#resetSwap()
  }

  /** Reads the value of one of {@link RESOURCE_FIELDS}. */
  field(key: string): void {
    if (key === 'cpu') this.#readCpu()
    else if (key === 'memory') this.#readMemory()
    else if (key === 'swap') this.#readSwap()
    else this.#numbers[Column.START] = readTime(this.#cursor)
  }

  /** Whether it says anything of CPU or memory, be it of use or not: otherwise both are null or absent. */
  get hasUsage(): boolean {
    return this.#hasCpu || this.#hasMemory
  }

  /** Adds a row of {@link Column.SampleRows}. */
  addTo(numbers: number[]): void {
    this.#settleTime()
    for (let i = 0; i < Column.SAMPLE_WIDTH; i++) numbers.push(this.#numbers[i] as number)
  }

  resource(): ResourceSample {
    this.#settleTime()
    return Column.unpackSample(this.#numbers, 0)
  }

  /** The CPU's time leads: a rate is made of CPU samples, memory is a value of its moment. */
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

  #readSwap(): void {
    const cursor = this.#cursor
    this.#resetSwap()
    for (let key = firstField(cursor, SWAP); key !== undefined; key = nextField(cursor, SWAP)) {
      this.#numbers[key === 'swapUsageBytes' ? Column.SWAP : Column.SWAP_AVAILABLE] = readCount(cursor)
    }
  }
}
