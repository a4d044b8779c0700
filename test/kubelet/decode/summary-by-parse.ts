import { timeFromText } from '../../../src/kubelet/decode/rfc3339.ts'
import type { ResourceSample } from '../../../src/model/sample.ts'
import type { PlainPod, PlainSample } from '../../support/plain-samples.ts'
import { podsOf } from './pods-of-entries.ts'

type Json = Readonly<Record<string, unknown>>

const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
const own = (value: unknown, key: string): unknown => {
  const of = object(value)
  return of !== undefined && Object.hasOwn(of, key) ? of[key] : undefined
}
const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
const time = (value: unknown) => (typeof value === 'string' ? timeFromText(value) : undefined)
const count = (value: unknown) =>
  typeof value === 'number' && value >= 0 && value <= 2 ** 64 ? Math.trunc(value) + 0 : undefined

const used = (of: unknown, filesystem: string) => count(own(own(of, filesystem), 'usedBytes'))

function storage(of: unknown): number | undefined {
  const [rootfs, logs] = [used(of, 'rootfs'), used(of, 'logs')]
  const sum = rootfs === undefined || logs === undefined ? undefined : rootfs + logs
  return Number.isSafeInteger(sum) ? sum : undefined
}

function nodeStorage(of: unknown): number | undefined {
  const bytes = used(of, 'fs')
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

const resource = (of: unknown, ephemeralStorageBytes: number | undefined): ResourceSample => ({
  timeMs: time(own(own(of, 'cpu'), 'time')) ?? time(own(own(of, 'memory'), 'time')),
  startTimeMs: time(own(of, 'startTime')),
  cpuNanoseconds: count(own(own(of, 'cpu'), 'usageCoreNanoSeconds')),
  cpuNanocores: count(own(own(of, 'cpu'), 'usageNanoCores')),
  workingSetBytes: count(own(own(of, 'memory'), 'workingSetBytes')),
  swapBytes: count(own(own(of, 'swap'), 'swapUsageBytes')),
  swapAvailableBytes: count(own(own(of, 'swap'), 'swapAvailableBytes')),
  ephemeralStorageBytes,
})

const isThere = (value: unknown) => value !== undefined && value !== null
const says = (stats: unknown, keys: readonly string[]) =>
  object(stats) === undefined ? isThere(stats) : keys.some((key) => isThere(own(stats, key)))
const hasUsage = (of: unknown) =>
  says(own(of, 'cpu'), ['usageNanoCores', 'usageCoreNanoSeconds']) || says(own(of, 'memory'), ['workingSetBytes'])

function entry(of: unknown): PlainPod | undefined {
  const ref = own(of, 'podRef')
  const listed = own(of, 'containers')
  const containers = (Array.isArray(listed) ? listed : [])
    .filter(hasUsage)
    .map((container) => ({ name: text(own(container, 'name')) ?? '', ...resource(container, storage(container)) }))
  const [namespace, name] = [text(own(ref, 'namespace')), text(own(ref, 'name'))]
  if (!namespace || !name) return undefined
  return { namespace, name, uid: text(own(ref, 'uid')) || undefined, containers }
}

/** What {@link createSummaryDecoder} must give, said with JSON.parse; `undefined` where it must throw. In the order of names. */
export function summaryByParse(body: Buffer): PlainSample | undefined {
  let summary: Json | undefined
  try {
    summary = object(JSON.parse(body.toString()))
  } catch {
    return undefined
  }
  const [node, pods] = [object(own(summary, 'node')), own(summary, 'pods')]
  if (node === undefined && !Array.isArray(pods)) return undefined
  const entries = (Array.isArray(pods) ? pods : []).map(entry).filter((each) => each !== undefined)
  return {
    source: 'summary',
    nodeName: text(own(node, 'nodeName')) || undefined,
    node: node && resource(node, nodeStorage(node)),
    pods: podsOf(entries),
  }
}
