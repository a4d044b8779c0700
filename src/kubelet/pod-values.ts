import * as Column from '../model/sample-rows.ts'
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
export type Use = { readonly as: 'nothing' } | { readonly as: 'text' | 'time' | 'count'; readonly place: number }

const TEXTS = new Map([
  ['namespace', NAMESPACE],
  ['name', NAME],
  ['uid', UID],
])

const NUMBERS = new Map<string, { readonly as: 'time' | 'count'; readonly placeOf: (row: number) => number }>([
  [keyOf('startTime'), { as: 'time', placeOf: inRow(Column.START) }],
  [keyOf('cpu', 'time'), { as: 'time', placeOf: inRow(Column.TIME) }],
  [keyOf('cpu', 'usageNanoCores'), { as: 'count', placeOf: inRow(Column.OWN_RATE) }],
  [keyOf('cpu', 'usageCoreNanoSeconds'), { as: 'count', placeOf: inRow(Column.CPU) }],
  [keyOf('memory', 'time'), { as: 'time', placeOf: (row) => FIRST_MEMORY_TIME + row }],
  [keyOf('memory', 'workingSetBytes'), { as: 'count', placeOf: inRow(Column.WORKING_SET) }],
  [keyOf('swap', 'swapUsageBytes'), { as: 'count', placeOf: inRow(Column.SWAP) }],
  [keyOf('swap', 'swapAvailableBytes'), { as: 'count', placeOf: inRow(Column.SWAP_AVAILABLE) }],
])

function keyOf(...path: JsonValue['path']): string {
  return JSON.stringify(path)
}

function inRow(column: number): (row: number) => number {
  return (row) => row * Column.SAMPLE_WIDTH + column
}

const NOTHING: Use = { as: 'nothing' }

/** What is to be done with a value of a PodStats (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go). */
export function useOf({ kind, path }: JsonValue): Use {
  const [first, second, ...rest] = path
  if (first === 'podRef' && kind === 'text' && rest.length === 0) {
    const place = typeof second === 'string' ? TEXTS.get(second) : undefined
    return place === undefined ? NOTHING : { as: 'text', place }
  }
  if (first !== 'containers' || typeof second !== 'number') return NOTHING
  if (kind === 'text' && rest.length === 1 && rest[0] === 'name') return { as: 'text', place: FIRST_CONTAINER + second }
  const number = NUMBERS.get(keyOf(...rest))
  if (number === undefined || kind !== (number.as === 'time' ? 'text' : 'number')) return NOTHING
  return { as: number.as, place: number.placeOf(second) }
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

  /** The numbers of the containers. The CPU's time leads: a rate is made of CPU samples, memory is a value of its moment. */
  rowNumbers(): number[] {
    const { numbers, rows } = this
    for (let row = 0; row < rows; row++) {
      const time = row * Column.SAMPLE_WIDTH + Column.TIME
      if (Number.isNaN(numbers[time])) numbers[time] = numbers[FIRST_MEMORY_TIME + row] as number
    }
    return numbers.slice(0, rows * Column.SAMPLE_WIDTH)
  }
}
