import type { ResourceSample } from '../model/sample.ts'
import type { JsonCursor } from './json-cursor.ts'
import { firstField, nextField, readCount, readTime } from './json-items.ts'
import { createNameTable } from './name-table.ts'

/** The fields of a node or a container that hold what it uses: read them with {@link ResourceReader.field}. */
export const RESOURCE_FIELDS = ['startTime', 'cpu', 'memory', 'swap'] as const

const CPU = createNameTable(['time', 'usageNanoCores', 'usageCoreNanoSeconds'])
const MEMORY = createNameTable(['time', 'workingSetBytes'])
const SWAP = createNameTable(['swapUsageBytes', 'swapAvailableBytes'])

/**
 * Gathers the resource fields of one object after the other: `NodeStats` and `ContainerStats` (k8s.io/kubelet,
 * pkg/apis/stats/v1alpha1/types.go).
 */
export class ResourceReader {
  readonly #cursor: JsonCursor
  #startTimeMs: number | undefined
  #cpuTimeMs: number | undefined
  #cpuNanocores: number | undefined
  #cpuNanoseconds: number | undefined
  #memoryTimeMs: number | undefined
  #workingSetBytes: number | undefined
  #swapBytes: number | undefined
  #swapAvailableBytes: number | undefined

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor
  }

  /** Forgets what was gathered. */
  reset(): void {
    this.#startTimeMs = undefined
    this.#resetCpu()
    this.#resetMemory()
    this.#resetSwap()
  }

  /** Reads the value of one of {@link RESOURCE_FIELDS}; of a field that comes twice the last holds, as in JSON.parse. */
  field(key: string): void {
    if (key === 'cpu') this.#readCpu()
    else if (key === 'memory') this.#readMemory()
    else if (key === 'swap') this.#readSwap()
    else this.#startTimeMs = readTime(this.#cursor)
  }

  resource(): ResourceSample {
    return {
      timeMs: this.#timeMs(),
      startTimeMs: this.#startTimeMs,
      cpuNanoseconds: this.#cpuNanoseconds,
      cpuNanocores: this.#cpuNanocores,
      workingSetBytes: this.#workingSetBytes,
      swapBytes: this.#swapBytes,
      swapAvailableBytes: this.#swapAvailableBytes,
    }
  }

  /** The CPU's time leads: a rate is made of CPU samples, memory is a value of its moment. */
  #timeMs(): number | undefined {
    return this.#cpuTimeMs ?? this.#memoryTimeMs
  }

  #resetCpu(): void {
    this.#cpuTimeMs = this.#cpuNanocores = this.#cpuNanoseconds = undefined
  }

  #resetMemory(): void {
    this.#memoryTimeMs = this.#workingSetBytes = undefined
  }

  #resetSwap(): void {
    this.#swapBytes = this.#swapAvailableBytes = undefined
  }

  #readCpu(): void {
    const cursor = this.#cursor
    this.#resetCpu()
    for (let key = firstField(cursor, CPU); key !== undefined; key = nextField(cursor, CPU)) {
      if (key === 'time') this.#cpuTimeMs = readTime(cursor)
      else if (key === 'usageNanoCores') this.#cpuNanocores = readCount(cursor)
      else this.#cpuNanoseconds = readCount(cursor)
    }
  }

  #readMemory(): void {
    const cursor = this.#cursor
    this.#resetMemory()
    for (let key = firstField(cursor, MEMORY); key !== undefined; key = nextField(cursor, MEMORY)) {
      if (key === 'time') this.#memoryTimeMs = readTime(cursor)
      else this.#workingSetBytes = readCount(cursor)
    }
  }

  #readSwap(): void {
    const cursor = this.#cursor
    this.#resetSwap()
    for (let key = firstField(cursor, SWAP); key !== undefined; key = nextField(cursor, SWAP)) {
      if (key === 'swapUsageBytes') this.#swapBytes = readCount(cursor)
      else this.#swapAvailableBytes = readCount(cursor)
    }
  }
}
