import {
  FULL,
  PRESSURE_RESOURCES,
  PRESSURE_STRIDE,
  PRESSURE_WIDTH,
  type PressureResource,
  type PressureSample,
  SAMPLED_AT,
  SOME,
} from '../../model/pressure.ts'
import {
  entersArray,
  firstField,
  type JsonCursor,
  moreOfArray,
  nextField,
  readCount,
  readText,
  readTime,
} from './json-reader.ts'
import { LONGEST_LABEL, LONGEST_SUBDOMAIN, MOST_CONTAINERS_OF_POD } from './response-reader.ts'
import { createNameTable, type NameTable, type StringInterner } from './string-interner.ts'

/** The totals of a `PSIStats`, with their columns. */
export const TOTALS = [
  { key: 'some', column: SOME },
  { key: 'full', column: FULL },
] as const

/** Pressure without the names of what it is of; the numbers as in {@link PressureSample}. */
export type PressureNumbers = Pick<PressureSample, 'startTimeMs' | 'numbers'>

/** Pressure that is being read. */
interface Draft {
  startTimeMs: number
  readonly numbers: number[]
}

const newDraft = (): Draft => ({ startTimeMs: Number.NaN, numbers: new Array<number>(PRESSURE_WIDTH).fill(Number.NaN) })

const STATS = ['startTime', ...PRESSURE_RESOURCES] as const
const NODE = createNameTable(STATS)
const POD = createNameTable(['podRef', 'containers', ...STATS])
const POD_REF = createNameTable(['name', 'namespace'])
const CONTAINER = createNameTable(['name', ...STATS])
const RESOURCE = createNameTable(['time', 'psi'])
const PSI = createNameTable(TOTALS.map(({ key }) => key))
const PSI_DATA = createNameTable(['total'])

/** Samples of a response: as many as its pods and containers may be, and the node. */
const MOST_SAMPLES = 40_000
const CPU_FULL = PRESSURE_RESOURCES.indexOf('cpu') * PRESSURE_STRIDE + FULL

/**
 * Reads the pressure in a Summary: `psi` of `cpu`, `memory` and `io`, of the node, each pod and each container. It reads
 * the node, and pods that match no template, once more after their usage; what it leaves out is absent and no error.
 *
 * - A kubelet reports 0 for what its kernel does not count (cAdvisor takes a missing file for 0). A machine that has booted
 *   has waited for its CPU, so a node with nothing but 0 has no pressure, and its pods have none.
 * - `full` of a node's CPU is always 0, since the kernel does not define it (Documentation/accounting/psi.rst): it is left out.
 */
export class PressureReader {
  readonly #cursor: JsonCursor
  readonly #strings: StringInterner
  #node: PressureSample | undefined
  #samples: PressureSample[] = []

  constructor(cursor: JsonCursor, strings: StringInterner) {
    this.#cursor = cursor
    this.#strings = strings
  }

  /** Reads the `NodeStats` from `start` to the cursor. */
  readNode(start: number): void {
    this.#again(start, () => {
      const node = newDraft()
      this.#readFields(NODE, (key) => this.#readStats(key, node))
      node.numbers[CPU_FULL] = Number.NaN
      this.#node = hasTotal(node.numbers) ? { namespace: '', pod: '', container: '', ...node } : undefined
    })
  }

  /** Reads the `PodStats` from `start` to the cursor. */
  readPod(start: number): void {
    this.#again(start, () => this.#readPod())
  }

  /** Adds the pressure of a container, or of a pod with an empty name in its place, where there is any. */
  add(namespace: string, pod: string, container: string, { startTimeMs, numbers }: PressureNumbers): void {
    if (this.#samples.length >= MOST_SAMPLES || !hasTotal(numbers)) return
    if (namespace.length > LONGEST_LABEL || pod.length > LONGEST_SUBDOMAIN || container.length > LONGEST_LABEL) return
    this.#samples.push({ namespace, pod, container, startTimeMs, numbers })
  }

  /** Of a list of pods that comes twice the last one counts. */
  clearPods(): void {
    this.#samples = []
  }

  finish(): readonly PressureSample[] {
    const node = this.#node
    if (node === undefined) return this.#samples
    return totalsOf(node.numbers).some((total) => total > 0) ? [node, ...this.#samples] : []
  }

  #again(start: number, read: () => void): void {
    const end = this.#cursor.at
    this.#cursor.at = start
    read()
    this.#cursor.at = end
  }

  #readPod(): void {
    const cursor = this.#cursor
    const pod = newDraft()
    let [namespace, name]: (string | undefined)[] = []
    let containers: (Draft & { readonly container: string })[] = []
    this.#readFields(POD, (key) => {
      if (key === 'podRef') {
        namespace = name = undefined
        this.#readFields(POD_REF, (field) => {
          if (field === 'name') name = readText(cursor, this.#strings)
          else namespace = readText(cursor, this.#strings)
        })
      } else if (key === 'containers') containers = this.#readContainers()
      else this.#readStats(key, pod)
    })
    if (!namespace || !name) return
    for (const { container, ...pressure } of containers) this.add(namespace, name, container, pressure)
    this.add(namespace, name, '', pod)
  }

  /** Those with a name: one without is none, or all of the pod. */
  #readContainers(): (Draft & { readonly container: string })[] {
    const containers: (Draft & { readonly container: string })[] = []
    if (!entersArray(this.#cursor)) return containers
    do {
      let container: string | undefined
      const draft = newDraft()
      this.#readFields(CONTAINER, (key) => {
        if (key === 'name') container = readText(this.#cursor, this.#strings)
        else this.#readStats(key, draft)
      })
      if (container && containers.length < MOST_CONTAINERS_OF_POD) containers.push({ container, ...draft })
    } while (moreOfArray(this.#cursor))
    return containers
  }

  #readFields(names: NameTable, read: (key: string) => void): void {
    const cursor = this.#cursor
    for (let key = firstField(cursor, names); key !== undefined; key = nextField(cursor, names)) read(key)
  }

  /** Reads the value of `key`, one of {@link STATS}. */
  #readStats(key: string, into: Draft): void {
    const cursor = this.#cursor
    if (key === 'startTime') {
      into.startTimeMs = readTime(cursor)
      return
    }
    const { numbers } = into
    const from = PRESSURE_RESOURCES.indexOf(key as PressureResource) * PRESSURE_STRIDE
    numbers.fill(Number.NaN, from, from + PRESSURE_STRIDE)
    this.#readFields(RESOURCE, (field) => {
      if (field === 'time') numbers[from + SAMPLED_AT] = readTime(cursor)
      else this.#readPsi(numbers, from)
    })
  }

  #readPsi(numbers: number[], from: number): void {
    for (const { column } of TOTALS) numbers[from + column] = Number.NaN
    this.#readFields(PSI, (key) => {
      const at = from + (key === 'some' ? SOME : FULL)
      numbers[at] = Number.NaN
      this.#readFields(PSI_DATA, () => {
        numbers[at] = readCount(this.#cursor)
      })
    })
  }
}

function totalsOf(numbers: readonly number[]): number[] {
  return numbers.filter((value, i) => i % PRESSURE_STRIDE !== SAMPLED_AT && !Number.isNaN(value))
}

const hasTotal = (numbers: readonly number[]): boolean => {
  for (let i = 0; i < numbers.length; i++) {
    if (i % PRESSURE_STRIDE !== SAMPLED_AT && !Number.isNaN(numbers[i])) return true
  }
  return false
}
