import type { NodeAddress, NodeCapacity, NodeRecord } from '../model/cluster-objects.ts'
import { labelsFrom } from '../model/labels.ts'
import { quantityValue } from '../model/quantity.ts'
import { at, list, member, text, textEntries } from './json-value.ts'

/** Its value is the path of the node's metrics in the exposition format (metrics-server, pkg/scraper/client/resource). */
const METRICS_PATH_ANNOTATION = 'metrics.k8s.io/resource-metrics-path'

function decodeAddresses(value: unknown): readonly NodeAddress[] {
  return list(value).flatMap((entry) => {
    const type = text(member(entry, 'type'))
    const address = text(member(entry, 'address'))
    return type === undefined || address === undefined ? [] : [{ type, address }]
  })
}

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536

function decodeCapacity(value: unknown): NodeCapacity {
  const amount = (resource: string): number | undefined => {
    // The API writes quantities as texts; a number is one, too.
    const given = member(value, resource)
    const amount = quantityValue(typeof given === 'number' ? String(given) : (text(given) ?? ''))
    return amount !== undefined && amount > 0 ? amount : undefined
  }
  const cores = amount('cpu')
  return { cpuNanocores: cores && cores * 1e9, memoryBytes: amount('memory') }
}

/** A Node of the core API (v1) as what is kept of it; `undefined` when it has no name. */
export function decodeNode(object: unknown): NodeRecord | undefined {
  const metadata = member(object, 'metadata')
  const name = text(member(metadata, 'name'))
  if (name === undefined) return undefined
  const port = at(object, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port')
  return {
    name,
    uid: text(member(metadata, 'uid')) ?? '',
    labels: labelsFrom(textEntries(member(metadata, 'labels'))),
    addresses: decodeAddresses(at(object, 'status', 'addresses')),
    kubeletPort: isPort(port) ? port : undefined,
    resourceMetricsPath: text(at(metadata, 'annotations', METRICS_PATH_ANNOTATION)),
    capacity: decodeCapacity(at(object, 'status', 'capacity')),
  }
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

/** Whether two records say the same: most updates of a Node are heartbeats, which change nothing that is kept. */
export function sameNode(a: NodeRecord, b: NodeRecord): boolean {
  return (
    a.name === b.name &&
    a.uid === b.uid &&
    a.kubeletPort === b.kubeletPort &&
    a.resourceMetricsPath === b.resourceMetricsPath &&
    a.capacity?.cpuNanocores === b.capacity?.cpuNanocores &&
    a.capacity?.memoryBytes === b.capacity?.memoryBytes &&
    sameTexts(a.labels, b.labels) &&
    sameTexts(
      a.addresses.flatMap((one) => [one.type, one.address]),
      b.addresses.flatMap((one) => [one.type, one.address]),
    )
  )
}
