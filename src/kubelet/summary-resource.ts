import type { ContainerSample, ResourceSample } from '../model/sample.ts'
import type { JsonCursor } from './json-cursor.ts'
import { readCount, readObject, readTime } from './json-items.ts'
import { createNameTable } from './name-table.ts'

/** The fields of a node or a container that hold what it uses: read them with {@link ResourceReader.field}. */
export const RESOURCE_FIELDS = ['startTime', 'cpu', 'memory', 'swap'] as const

const CPU = createNameTable(['time', 'usageNanoCores', 'usageCoreNanoSeconds'])
const MEMORY = createNameTable(['time', 'workingSetBytes'])
const SWAP = createNameTable(['swapUsageBytes', 'swapAvailableBytes'])

/** Gathers the resource fields of one object after the other. One per answer, so that objects make no garbage. */
export interface ResourceReader {
  /** Forgets what was gathered. */
  reset(): void
  /** Reads the value of one of {@link RESOURCE_FIELDS}; of a field that comes twice the last holds, as in JSON.parse. */
  field(key: string): void
  resource(): ResourceSample
  container(name: string): ContainerSample
}

/** Reads `NodeStats` and `ContainerStats` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go). */
export function createResourceReader(cursor: JsonCursor): ResourceReader {
  let startTimeMs: number | undefined
  let cpuTimeMs: number | undefined
  let cpuNanocores: number | undefined
  let cpuNanoseconds: number | undefined
  let memoryTimeMs: number | undefined
  let workingSetBytes: number | undefined
  let swapBytes: number | undefined
  let swapAvailableBytes: number | undefined

  const cpuField = (key: string): void => {
    if (key === 'time') cpuTimeMs = readTime(cursor)
    else if (key === 'usageNanoCores') cpuNanocores = readCount(cursor)
    else cpuNanoseconds = readCount(cursor)
  }
  const memoryField = (key: string): void => {
    if (key === 'time') memoryTimeMs = readTime(cursor)
    else workingSetBytes = readCount(cursor)
  }
  const swapField = (key: string): void => {
    if (key === 'swapUsageBytes') swapBytes = readCount(cursor)
    else swapAvailableBytes = readCount(cursor)
  }
  const resetCpu = (): void => {
    cpuTimeMs = cpuNanocores = cpuNanoseconds = undefined
  }
  const resetMemory = (): void => {
    memoryTimeMs = workingSetBytes = undefined
  }
  const resetSwap = (): void => {
    swapBytes = swapAvailableBytes = undefined
  }

  return {
    reset() {
      startTimeMs = undefined
      resetCpu()
      resetMemory()
      resetSwap()
    },
    field(key) {
      if (key === 'cpu') {
        resetCpu()
        readObject(cursor, CPU, cpuField)
      } else if (key === 'memory') {
        resetMemory()
        readObject(cursor, MEMORY, memoryField)
      } else if (key === 'swap') {
        resetSwap()
        readObject(cursor, SWAP, swapField)
      } else startTimeMs = readTime(cursor)
    },
    // The CPU's time leads: a rate is made of CPU samples, memory is a value of its moment.
    resource: () => ({
      timeMs: cpuTimeMs ?? memoryTimeMs,
      startTimeMs,
      cpuNanoseconds,
      cpuNanocores,
      workingSetBytes,
      swapBytes,
      swapAvailableBytes,
    }),
    container: (name) => ({
      name,
      timeMs: cpuTimeMs ?? memoryTimeMs,
      startTimeMs,
      cpuNanoseconds,
      cpuNanocores,
      workingSetBytes,
      swapBytes,
      swapAvailableBytes,
    }),
  }
}
