import { type Labels, labelValue } from '../../kubernetes/labels.ts'

interface Labelled {
  readonly labels: Labels
}

/** By the values of one label: the objects that have it, in their order. */
type ByValue<R> = Map<string, R[]>

/** Fewer objects are as quickly matched one by one. */
const SMALLEST = 32
/** So many labels of one array are indexed. Clients may ask for any number of others. */
const MAX_LABELS = 4
const NONE: readonly never[] = Object.freeze([])

/** Finds the few of many objects that have a label with a value. */
export interface LabelIndex<R> {
  /**
   * Those of `records`, in their order, that may have all of `wanted`: at least all that do.
   * @param records an array that never changes; what is found out about it is remembered as long as it lives.
   */
  candidates(records: readonly R[], wanted: readonly (readonly [key: string, value: string])[]): readonly R[]
}

function byValue<R extends Labelled>(records: readonly R[], key: string): ByValue<R> {
  const index: ByValue<R> = new Map()
  for (const record of records) {
    const value = labelValue(record.labels, key)
    if (value === undefined) continue
    const found = index.get(value)
    if (found === undefined) index.set(value, [record])
    else found.push(record)
  }
  return index
}

/**
 * An index by the labels that are asked for, made when they first are. Every HPA asks for the pods of one workload: without
 * it each request would match every pod of the namespace.
 */
export function createLabelIndex<R extends Labelled>(): LabelIndex<R> {
  const known = new WeakMap<readonly R[], Map<string, ByValue<R>>>()

  function indexOf(records: readonly R[], key: string): ByValue<R> | undefined {
    const indexes = known.get(records) ?? new Map<string, ByValue<R>>()
    known.set(records, indexes)
    const found = indexes.get(key)
    if (found !== undefined || indexes.size >= MAX_LABELS) return found
    const made = byValue(records, key)
    indexes.set(key, made)
    return made
  }

  return {
    candidates(records, wanted) {
      if (records.length < SMALLEST) return records
      let best = records
      for (const [key, value] of wanted) {
        const index = indexOf(records, key)
        if (index === undefined) continue
        const having = index.get(value) ?? NONE
        if (having.length < best.length) best = having
      }
      return best
    },
  }
}
