import * as Column from '../../model/sample-rows.ts'
import type { JsonValue } from './json-values.ts'

/** Pods with more containers are read without the help of shapes. */
export const MOST_ROWS = 32

/** The texts of a pod; those of its containers' names follow. */
export const NAMESPACE = 0
export const NAME = 1
export const UID = 2
export const FIRST_CONTAINER = 3

/** The numbers of a container are in rows as in {@link SampleRows}; those times that count only for want of others follow. */
const FIRST_MEMORY_TIME = MOST_ROWS * Column.SAMPLE_WIDTH

/** What is done with a value of a pod: it is moved over, or kept at a place of {@link PodValues}. */
export interface Use {
  readonly use: 'skip-text' | 'skip-number' | 'text' | 'time' | 'count'
  readonly place: number
}

const NO_PLACE = -1
const SKIP = {
  text: { use: 'skip-text', place: NO_PLACE },
  number: { use: 'skip-number', place: NO_PLACE },
} as const

const TEXTS = new Map<string | number | undefined, number>([
  ['namespace', NAMESPACE],
  ['name', NAME],
  ['uid', UID],
])

const CONTAINER_NAME = keyOf('name')

const NUMBERS = new Map<string, { readonly use: 'time' | 'count'; readonly placeOf: (row: number) => number }>([
  [keyOf('startTime'), { use: 'time', placeOf: inRow(Column.START) }],
  [keyOf('cpu', 'time'), { use: 'time', placeOf: inRow(Column.TIME) }],
  [keyOf('cpu', 'usageNanoCores'), { use: 'count', placeOf: inRow(Column.OWN_RATE) }],
  [keyOf('cpu', 'usageCoreNanoSeconds'), { use: 'count', placeOf: inRow(Column.CPU) }],
  [keyOf('memory', 'time'), { use: 'time', placeOf: (row) => FIRST_MEMORY_TIME + row }],
  [keyOf('memory', 'workingSetBytes'), { use: 'count', placeOf: inRow(Column.WORKING_SET) }],
  [keyOf('swap', 'swapUsageBytes'), { use: 'count', placeOf: inRow(Column.SWAP) }],
  [keyOf('swap', 'swapAvailableBytes'), { use: 'count', placeOf: inRow(Column.SWAP_AVAILABLE) }],
])

function keyOf(...path: JsonValue['path']): string {
  return JSON.stringify(path)
}

function inRow(column: number): (row: number) => number {
  return (row) => row * Column.SAMPLE_WIDTH + column
}

/** What is to be done with a text or a number of a PodStats (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go). */
export function useOf(kind: 'text' | 'number', path: JsonValue['path']): Use {
  const [first, second, ...rest] = path
  if (first === 'podRef') {
    const place = kind === 'text' && rest.length === 0 ? TEXTS.get(second) : undefined
    return place === undefined ? SKIP[kind] : { use: 'text', place }
  }
  if (first !== 'containers' || typeof second !== 'number') return SKIP[kind]
  const key = keyOf(...rest)
  if (kind === 'text' && key === CONTAINER_NAME) return { use: 'text', place: FIRST_CONTAINER + second }
  const number = NUMBERS.get(key)
  if (number === undefined || kind !== (number.use === 'time' ? 'text' : 'number')) return SKIP[kind]
  return { use: number.use, place: number.placeOf(second) }
}

/** How many containers a PodStats with these values has. */
export function rowsOf(values: readonly JsonValue[]): number {
  let rows = 0
  for (const { path } of values) {
    const [first, place] = path
    if (first === 'containers' && typeof place === 'number') rows = place + 1
  }
  return rows
}

/** Every number that a pod with so many containers may have, and every text. */
export function placesOf(rows: number): { numbers: number[]; texts: number[] } {
  const numbers = Array.from({ length: rows * Column.SAMPLE_WIDTH }, (_, place) => place)
  const memoryTimes = Array.from({ length: rows }, (_, row) => FIRST_MEMORY_TIME + row)
  const texts = Array.from({ length: FIRST_CONTAINER + rows }, (_, place) => place)
  return { numbers: [...numbers, ...memoryTimes], texts }
}

/** What was found in a pod: numbers, NaN where there is none, and where texts begin and end, −1 where there is none. */
export class PodValues {
  // Not a typed array: the rows of a pod are cut out of it.
  readonly numbers: number[] = new Array(FIRST_MEMORY_TIME + MOST_ROWS).fill(Number.NaN)
  readonly starts = new Int32Array(FIRST_CONTAINER + MOST_ROWS)
  readonly ends = new Int32Array(FIRST_CONTAINER + MOST_ROWS)
  rows = 0
  /** Whether each container of {@link rowNumbers} has CPU or memory. */
  haveUsage = true

  /** The numbers of the containers. The CPU's time leads: a rate is made of CPU samples, memory is a value of its moment. */
  rowNumbers(): number[] {
    const { numbers, rows } = this
    this.haveUsage = true
    for (let row = 0; row < rows; row++) {
      const from = row * Column.SAMPLE_WIDTH
      const time = from + Column.TIME
      if (Number.isNaN(numbers[time])) numbers[time] = numbers[FIRST_MEMORY_TIME + row] as number
      if (!hasUsage(numbers, from)) this.haveUsage = false
    }
    return numbers.slice(0, rows * Column.SAMPLE_WIDTH)
  }
}

/** Whether there is CPU or memory in the row that begins at `from`. */
export function hasUsage(numbers: readonly number[], from: number): boolean {
  return !(
    Number.isNaN(numbers[from + Column.CPU]) &&
    Number.isNaN(numbers[from + Column.WORKING_SET]) &&
    Number.isNaN(numbers[from + Column.OWN_RATE])
  )
}
