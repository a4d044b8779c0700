import { oneLine } from '../../model/log.ts'
import {
  CPU,
  OWN_RATE,
  SAMPLE_WIDTH,
  START,
  STORAGE,
  SWAP,
  SWAP_AVAILABLE,
  TIME,
  WORKING_SET,
} from '../../model/sample-rows.ts'
import type { NodeSample, PodSample, SampleRows } from '../../model/sample.ts'
import {
  checkContainers,
  LONGEST_LABEL,
  LONGEST_SUBDOMAIN,
  LONGEST_UID,
  MOST_CONTAINERS_OF_POD,
} from './response-reader.ts'

interface PodKey {
  readonly namespace: string
  readonly name: string
  readonly uid: string | undefined
}

/** Finds a pod in a list by namespace, name and uid. */
export class PodIndex {
  readonly #pods: readonly PodKey[]
  // By name first: few names are repeated, and no combined key has to be built.
  readonly #byName = new Map<string, number>()
  #others: Map<string, number> | undefined

  constructor(pods: readonly PodKey[]) {
    this.#pods = pods
  }

  /** The index of the pod in the list; for a new one the list's length, where it must be added next. */
  slotOf(namespace: string, name: string, uid: string | undefined): number {
    const next = this.#pods.length
    const first = this.#byName.get(name)
    if (first === undefined) {
      this.#byName.set(name, next)
      return next
    }
    const pod = this.#pods[first] as PodKey
    if (pod.namespace === namespace && pod.uid === uid) return first
    this.#others ??= new Map()
    const key = JSON.stringify([namespace, name, uid])
    const slot = this.#others.get(key)
    if (slot !== undefined) return slot
    this.#others.set(key, next)
    return next
  }
}

/**
 * Why a pod is left out. The set is fixed and the pod is reported beside it, so that made-up names do not make a new log
 * line each time.
 */
type Reason =
  | 'its namespace, name or uid is too long'
  | 'the name of a container is longer than 63 characters'
  | 'it has more than 1000 containers'
  | 'it has several containers without a name'
  | 'a container is listed twice, and nothing says which of the two runs'

/**
 * Combines the pod entries of a response, in either format: a pod that is listed in parts becomes whole, and one that is
 * listed twice counts once. The result does not depend on the order of the entries.
 *
 * - Entries with the same namespace, name and uid are one pod, with the containers of all of them. Entries of different
 *   uids stay apart, since only the API knows which pod runs; one without a uid comes after all that have one. Entries
 *   without a uid are one pod too, unless they share a container: then they are pods of one name, of which the one whose
 *   containers started last counts.
 * - Of a container that is listed twice the entry that started last counts ({@link choose}).
 * - A container without a name beside others is the sum of the pod, or its sandbox, and does not count. A lone one does:
 *   it is the whole pod.
 *
 * A pod without a clear result, or beyond the bounds, is left out and counted. The decoders leave out containers with
 * neither CPU nor memory (null or absent), which have ended.
 */
export class PodSamples {
  readonly #pods: PodSample[] = []
  readonly #index = new PodIndex(this.#pods)
  /** By slot, all entries of the pods that have to be combined. */
  readonly #parts = new Map<number, SampleRows[]>()
  readonly #leftOut = new Map<Reason, { count: number; example: string }>()
  #containers = 0
  #withoutUid = 0

  /** @throws DecodeError when these are more containers than a node can have. */
  add(namespace: string, name: string, uid: string | undefined, containers: SampleRows): void {
    this.#containers += containers.names.length
    checkContainers(this.#containers)
    if (
      namespace.length > LONGEST_LABEL ||
      name.length > LONGEST_SUBDOMAIN ||
      (uid !== undefined && uid.length > LONGEST_UID)
    ) {
      this.leaveOut('its namespace, name or uid is too long', namespace, name)
      return
    }
    const pods = this.#pods
    const slot = this.#index.slotOf(namespace, name, uid)
    if (slot === pods.length) {
      pods.push({ namespace, name, uid, containers })
      if (uid === undefined) this.#withoutUid++
      if (!isPlain(containers.names)) this.#parts.set(slot, [containers])
      return
    }
    const parts = this.#parts.get(slot)
    if (parts === undefined) this.#parts.set(slot, [(pods[slot] as PodSample).containers, containers])
    else parts.push(containers)
  }

  /** To be called once, after the last entry. */
  finish(): Pick<NodeSample, 'pods' | 'leftOut'> {
    const isMixed = this.#withoutUid > 0 && this.#withoutUid < this.#pods.length
    if (this.#parts.size === 0 && this.#leftOut.size === 0 && !isMixed) return { pods: this.#pods }
    const whole = this.#pods.flatMap((pod, slot) => {
      const parts = this.#parts.get(slot)
      if (parts === undefined) return [pod]
      const containers = combined(pod.uid === undefined ? latestParts(parts) : parts)
      if (typeof containers !== 'string') return [{ ...pod, containers }]
      this.leaveOut(containers, pod.namespace, pod.name)
      return []
    })
    // An entry without a uid could be any pod of its name, so those with a uid come first.
    const pods = isMixed ? whole.toSorted((a, b) => Number(a.uid === undefined) - Number(b.uid === undefined)) : whole
    // Sorted, so that the first reason does not depend on the order of the entries.
    const [first] = [...this.#leftOut].sort(([a], [b]) => (a < b ? -1 : 1))
    return first === undefined ? { pods } : { pods, leftOut: { reason: first[0], ...first[1] } }
  }

  /** Counts a pod as left out for this reason. */
  leaveOut(reason: Reason, namespace: string, name: string): void {
    const known = this.#leftOut.get(reason)
    if (known !== undefined) known.count++
    else this.#leftOut.set(reason, { count: 1, example: oneLine(`${namespace}/${name}`, 100) })
  }
}

const FEW = 16

/** Whether containers of these names can be taken as they are. */
function isPlain(names: readonly string[]): boolean {
  const count = names.length
  if (count > FEW) return false
  for (let i = 0; i < count; i++) {
    const name = names[i] as string
    if (name === '' || name.length > LONGEST_LABEL) return false
    for (let other = 0; other < i; other++) if (names[other] === name) return false
  }
  return true
}

/** The containers of entries that are one pod. */
function combined(parts: readonly SampleRows[]): SampleRows | Reason {
  const choices = new Map<string, Choice>()
  let count = 0
  let unnamed = 0
  for (const { names, numbers } of parts) {
    count += names.length
    if (count > MOST_CONTAINERS_OF_POD) return 'it has more than 1000 containers'
    for (const [i, name] of names.entries()) {
      if (name.length > LONGEST_LABEL) return 'the name of a container is longer than 63 characters'
      if (name === '') unnamed++
      const row = numbers.slice(i * SAMPLE_WIDTH, (i + 1) * SAMPLE_WIDTH)
      const choice = choices.get(name)
      if (choice === undefined) choices.set(name, { row, isUnclear: false })
      else choose(choice, row)
    }
  }
  if (choices.size > 1) choices.delete('')
  else if (unnamed > 1) return 'it has several containers without a name'
  const all = [...choices.values()]
  if (all.some(({ isUnclear }) => isUnclear))
    return 'a container is listed twice, and nothing says which of the two runs'
  return { names: [...choices.keys()], numbers: all.flatMap(({ row }) => row) }
}

/** The sample that counts so far, and whether another one could count as well. */
interface Choice {
  row: readonly number[]
  isUnclear: boolean
}

/**
 * Adds another sample of the same container. The one that started last runs; without known starts the later sample counts,
 * since an ended container is not sampled. With equal start and time the higher counter is the later sample; without a
 * start they may be two containers, and it is unclear which one runs.
 */
function choose(choice: Choice, row: readonly number[]): void {
  const order = compare(row, choice.row, START) || compare(row, choice.row, TIME)
  if (order > 0) {
    choice.row = row
    choice.isUnclear = false
  } else if (order === 0) {
    const rest = REST.reduce((found, column) => found || compare(row, choice.row, column), 0)
    if (rest === 0) choice.row = agreedStorage(choice.row, row)
    else if (Number.isNaN(row[START])) choice.isUnclear = true
    else if (rest > 0) choice.row = row
  }
}

/** A sample that is listed twice is served; its storage is known where both entries report the same. */
function agreedStorage(one: readonly number[], other: readonly number[]): readonly number[] {
  return compare(one, other, STORAGE) === 0 ? one : one.with(STORAGE, Number.NaN)
}

/** The one of several samples that counts, `undefined` when there is none or it is unclear which. */
export function choiceOf({ names, numbers }: SampleRows): readonly number[] | undefined {
  let choice: Choice | undefined
  for (let from = 0; from < names.length * SAMPLE_WIDTH; from += SAMPLE_WIDTH) {
    const row = numbers.slice(from, from + SAMPLE_WIDTH)
    if (choice === undefined) choice = { row, isUnclear: false }
    else choose(choice, row)
  }
  return choice?.isUnclear === false ? choice.row : undefined
}

const REST = [CPU, WORKING_SET, OWN_RATE, SWAP, SWAP_AVAILABLE]

function compare(a: readonly number[], b: readonly number[], column: number): number {
  const [one, other] = [a[column] as number, b[column] as number]
  if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : -1
  return Number.isNaN(other) ? 1 : Math.sign(one - other)
}

/** Of the entries of one name without uids those of one pod: the latest, and all that share no container with it. */
function latestParts(parts: readonly SampleRows[]): readonly SampleRows[] {
  if (parts.length < 2) return parts
  const byStart = Map.groupBy(parts, latestStart)
  const taken = new Set<string>()
  return [...byStart.keys()]
    .sort((a, b) => (a < b ? 1 : -1))
    .flatMap((start) => {
      // Entries of one start are compared together, so that their order does not matter.
      const fitting = (byStart.get(start) ?? []).filter((part) =>
        containerNames(part).every((name) => !taken.has(name)),
      )
      for (const part of fitting) for (const name of containerNames(part)) taken.add(name)
      return fitting
    })
}

/** An unnamed entry beside named ones is no container. */
function containerNames({ names }: SampleRows): readonly string[] {
  const named = names.filter((name) => name !== '')
  return named.length > 0 ? named : names
}

function latestStart({ names, numbers }: SampleRows): number {
  let latest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < names.length; i++) {
    const start = numbers[i * SAMPLE_WIDTH + START] as number
    if (start > latest) latest = start
  }
  return latest
}
