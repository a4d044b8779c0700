import { timeFromText } from '../../src/kubelet/rfc3339.ts'
import type { ContainerSample, ResourceSample } from '../../src/model/sample.ts'
import type { PlainPod, PlainSample } from '../support/plain-samples.ts'

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
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 64 ? value + 0 : undefined

const resource = (of: unknown): ResourceSample => ({
  timeMs: time(own(own(of, 'cpu'), 'time')) ?? time(own(own(of, 'memory'), 'time')),
  startTimeMs: time(own(of, 'startTime')),
  cpuNanoseconds: count(own(own(of, 'cpu'), 'usageCoreNanoSeconds')),
  cpuNanocores: count(own(own(of, 'cpu'), 'usageNanoCores')),
  workingSetBytes: count(own(own(of, 'memory'), 'workingSetBytes')),
  swapBytes: count(own(own(of, 'swap'), 'swapUsageBytes')),
  swapAvailableBytes: count(own(own(of, 'swap'), 'swapAvailableBytes')),
})

function pod(of: unknown): PlainPod | undefined {
  const ref = own(of, 'podRef')
  const listed = own(of, 'containers')
  const containers = new Map<string, ContainerSample>()
  for (const container of Array.isArray(listed) ? listed : []) {
    const name = text(own(container, 'name'))
    if (!name) return undefined
    containers.set(name, { name, ...resource(container) })
  }
  const [namespace, name] = [text(own(ref, 'namespace')), text(own(ref, 'name'))]
  if (!namespace || !name) return undefined
  return { namespace, name, uid: text(own(ref, 'uid')), containers: [...containers.values()] }
}

/** What `decodeSummary` must give, said with JSON.parse; `undefined` where it must throw. */
export function summaryByParse(body: Buffer): PlainSample | undefined {
  let summary: Json | undefined
  try {
    summary = object(JSON.parse(body.toString()))
  } catch {
    return undefined
  }
  const [node, pods] = [object(own(summary, 'node')), own(summary, 'pods')]
  if (node === undefined && !Array.isArray(pods)) return undefined
  const byName = new Map<string, PlainPod>()
  for (const each of Array.isArray(pods) ? pods : []) {
    const one = pod(each)
    if (one !== undefined) byName.set(JSON.stringify([one.namespace, one.name]), one)
  }
  return {
    source: 'summary',
    nodeName: text(own(node, 'nodeName')),
    node: node && resource(node),
    pods: [...byName.values()],
  }
}
