import type { ContainerSample } from '../../../src/model/sample.ts'
import type { PlainPod } from '../../support/plain-samples.ts'

const keyOf = ({ namespace, name, uid }: PlainPod) => JSON.stringify([namespace, name, uid])
const startOf = ({ startTimeMs = -1 }: ContainerSample) => startTimeMs
const timeOf = ({ timeMs = -1 }: ContainerSample) => timeMs
const counterOf = ({ cpuNanoseconds = -1 }: ContainerSample) => cpuNanoseconds
const restOf = ({ workingSetBytes, cpuNanocores, swapBytes, swapAvailableBytes }: ContainerSample) => [
  workingSetBytes ?? -1,
  cpuNanocores ?? -1,
  swapBytes ?? -1,
  swapAvailableBytes ?? -1,
]
const named = (containers: readonly ContainerSample[]) => {
  const rest = containers.filter(({ name }) => name !== '')
  return rest.length > 0 ? rest : containers
}

/** Of entries of one name and no uid: the ones that started last, and of the others those that share no container with them. */
function ofOnePod(entries: readonly PlainPod[]): readonly PlainPod[] {
  const latest = (entry: PlainPod) => Math.max(-1, ...entry.containers.map(startOf))
  const starts = [...new Set(entries.map(latest))].sort((a, b) => b - a)
  const kept: PlainPod[] = []
  for (const start of starts) {
    const names = new Set(kept.flatMap(({ containers }) => named(containers).map(({ name }) => name)))
    const isNew = ({ containers }: PlainPod) => named(containers).every(({ name }) => !names.has(name))
    kept.push(...entries.filter((entry) => latest(entry) === start && isNew(entry)))
  }
  return kept
}

/** The container of one name that counts; `undefined` where that is not clear. */
function chosen(all: readonly ContainerSample[]): ContainerSample | undefined {
  const start = Math.max(...all.map(startOf))
  const started = all.filter((each) => startOf(each) === start)
  const time = Math.max(...started.map(timeOf))
  const sampled = started.filter((each) => timeOf(each) === time)
  const compared = ({ ephemeralStorageBytes: _, ...rest }: ContainerSample) => JSON.stringify(rest)
  if (start === -1 && new Set(sampled.map(compared)).size > 1) return undefined
  const [first] = [...sampled].sort((a, b) => {
    const [one, other] = [
      [counterOf(a), ...restOf(a)],
      [counterOf(b), ...restOf(b)],
    ] as const
    const differing = one.findIndex((value, i) => value !== other[i])
    return differing < 0 ? 0 : (other[differing] ?? 0) - (one[differing] ?? 0)
  })
  const alike = sampled.filter((each) => first !== undefined && compared(each) === compared(first))
  const isAgreed = new Set(alike.map(({ ephemeralStorageBytes }) => ephemeralStorageBytes)).size === 1
  return first && { ...first, ephemeralStorageBytes: isAgreed ? first.ephemeralStorageBytes : undefined }
}

function podOf(entries: readonly PlainPod[]): PlainPod | undefined {
  const [first] = entries
  if (first === undefined) return undefined
  const parts = first.uid === undefined && entries.length > 1 ? ofOnePod(entries) : entries
  const all = parts.flatMap(({ containers }) => containers)
  const names = new Set(all.map(({ name }) => name))
  if (names.size > 1) names.delete('')
  else if (all.filter(({ name }) => name === '').length > 1) return undefined
  if (all.length > 1000 || all.some(({ name }) => name.length > 63)) return undefined
  const containers = [...names].sort().map((name) => chosen(all.filter((each) => each.name === name)))
  return containers.includes(undefined)
    ? undefined
    : { ...first, containers: containers.filter((c) => c !== undefined) }
}

/** What must come of the entries of an answer: slowly, and plainly. In the order of their names. */
export function podsOf(entries: readonly PlainPod[]): PlainPod[] {
  const isNamed = ({ namespace, name, uid = '' }: PlainPod) =>
    namespace.length <= 63 && name.length <= 253 && uid.length <= 253
  const groups = Map.groupBy(entries.filter(isNamed), keyOf)
  return [...groups.keys()]
    .sort()
    .map((key) => podOf(groups.get(key) ?? []))
    .filter((pod) => pod !== undefined)
}

/** The same sample with pods and containers in the order of their names, and without what was left out. */
export const inOrder = (pods: readonly PlainPod[]): PlainPod[] =>
  [...pods]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((pod) => ({ ...pod, containers: [...pod.containers].sort((a, b) => (a.name < b.name ? -1 : 1)) }))
