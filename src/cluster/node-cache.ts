import type { V1Node, V1NodeStatus } from '@kubernetes/client-node'
import type { NodeAddress, NodeCapacity, NodeRecord } from '../model/cluster-objects.ts'
import { labelsFrom } from '../kubernetes/labels.ts'
import { quantityValue } from '../kubernetes/quantity.ts'
import { itemsOf, read, type Unchecked, unchecked } from './api-object.ts'
import { createListWatch, type ListWatchParts } from './informer/list-watch.ts'
import { text, textEntries } from './json-value.ts'
import { lowerBound, sortUnique } from '../model/sorted.ts'

/**
 * Its value is the path of the node's metrics in the exposition format (metrics-server, pkg/scraper/client/resource).
 */
const METRICS_PATH_ANNOTATION = 'metrics.k8s.io/resource-metrics-path'

function decodeAddresses(status: Unchecked<V1NodeStatus>): readonly NodeAddress[] {
  return itemsOf(read(status, 'addresses')).flatMap((entry) => {
    const type = text(read(entry, 'type'))
    const address = text(read(entry, 'address'))
    return type === undefined || address === undefined ? [] : [{ type, address }]
  })
}

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536

function decodeCapacity(status: Unchecked<V1NodeStatus>): NodeCapacity {
  const amount = (resource: string): number | undefined => {
    // The API writes quantities as texts; a number is one, too.
    const given: unknown = read(status, 'capacity', resource)
    const amount = quantityValue(typeof given === 'number' ? String(given) : (text(given) ?? ''))
    return amount !== undefined && amount > 0 ? amount : undefined
  }
  const cores = amount('cpu')
  return { cpuNanocores: cores && cores * 1e9, memoryBytes: amount('memory') }
}

/** A Node of the core API (v1) as what is kept of it; `undefined` when it has no name. */
export function decodeNode(object: unknown): NodeRecord | undefined {
  const node = unchecked<V1Node>(object)
  const metadata = read(node, 'metadata')
  const status = read(node, 'status')
  const name = text(read(metadata, 'name'))
  if (name === undefined) return undefined
  const port: unknown = read(status, 'daemonEndpoints', 'kubeletEndpoint', 'Port')
  return {
    name,
    uid: text(read(metadata, 'uid')) ?? '',
    labels: labelsFrom(textEntries(read(metadata, 'labels'))),
    addresses: decodeAddresses(status),
    kubeletPort: isPort(port) ? port : undefined,
    resourceMetricsPath: text(read(metadata, 'annotations', METRICS_PATH_ANNOTATION)),
    capacity: decodeCapacity(status),
  }
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

/** Whether two records say the same: most updates of a Node are heartbeats, which change nothing that is kept. */
function sameNode(a: NodeRecord, b: NodeRecord): boolean {
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

/**
 * Exactly one of the three. A node that was deleted and created again under its name is `replaced`, with another uid.
 */
export type NodeChange =
  | { readonly added: NodeRecord; readonly removed?: undefined; readonly replaced?: undefined }
  | { readonly removed: NodeRecord; readonly added?: undefined; readonly replaced?: undefined }
  | {
      readonly replaced: { readonly before: NodeRecord; readonly after: NodeRecord }
      readonly added?: undefined
      readonly removed?: undefined
    }

/** The cluster's nodes as the apiserver last reported them. */
export interface NodeCache {
  get(name: string): NodeRecord | undefined
  /** All, in order of their names. The array never changes: a change makes another. */
  all(): readonly NodeRecord[]
  readonly size: number
  /** A whole list has been read since the start. */
  synced(): boolean
  /** Called after each change that is kept. Gives a function that ends it. */
  onChange(listener: (change: NodeChange) => void): () => void
  start(): void
  stop(): Promise<void>
}

interface NodeCacheOptions extends ListWatchParts {
  /** Selects the nodes to follow, in the API's syntax. */
  readonly labelSelector?: string | undefined
}

const nameOf = (node: NodeRecord): string => node.name

function without(nodes: readonly NodeRecord[], name: string): readonly NodeRecord[] {
  const index = lowerBound(nodes, name, nameOf)
  return nodes[index]?.name === name ? nodes.toSpliced(index, 1) : nodes
}

function withNode(nodes: readonly NodeRecord[], node: NodeRecord): readonly NodeRecord[] {
  const index = lowerBound(nodes, node.name, nameOf)
  return nodes.toSpliced(index, nodes[index]?.name === node.name ? 1 : 0, node)
}

/** Follows the nodes of the cluster, whole objects, since addresses and ports are not in the metadata. */
export function createNodeCache(options: NodeCacheOptions): NodeCache {
  const { client, clock, random, faults, log, labelSelector } = options
  const byName = new Map<string, NodeRecord>()
  const listeners = new Set<(change: NodeChange) => void>()
  let sorted: readonly NodeRecord[] = []

  const notify = (change: NodeChange) => {
    for (const listener of listeners) listener(change)
  }
  const changeTo = (before: NodeRecord | undefined, after: NodeRecord): NodeChange =>
    before === undefined ? { added: after } : { replaced: { before, after } }

  function upsert(node: NodeRecord): void {
    const before = byName.get(node.name)
    if (before !== undefined && sameNode(before, node)) return
    byName.set(node.name, node)
    sorted = withNode(sorted, node)
    notify(changeTo(before, node))
  }
  function remove({ name }: NodeRecord): void {
    const before = byName.get(name)
    if (before === undefined) return
    byName.delete(name)
    sorted = without(sorted, name)
    notify({ removed: before })
  }
  function replace(nodes: NodeRecord[]): void {
    const changes: NodeChange[] = []
    const gone = new Map(byName)
    const all = sortUnique(nodes, nameOf).map((node) => {
      const before = byName.get(node.name)
      gone.delete(node.name)
      if (before !== undefined && sameNode(before, node)) return before
      byName.set(node.name, node)
      changes.push(changeTo(before, node))
      return node
    })
    for (const [name, removed] of gone) {
      byName.delete(name)
      changes.push({ removed })
    }
    sorted = all
    for (const change of changes) notify(change)
  }

  const listWatch = createListWatch<NodeRecord>({
    client,
    clock,
    random,
    faults,
    log,
    path: '/api/v1/nodes',
    query: { labelSelector: labelSelector || undefined },
    decode: decodeNode,
    onReplace: replace,
    onUpsert: upsert,
    onRemove: remove,
    name: 'nodes',
  })
  return {
    get: (name) => byName.get(name),
    all: () => sorted,
    get size() {
      return sorted.length
    },
    synced: () => listWatch.synced(),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: () => listWatch.start(),
    stop: () => listWatch.stop(),
  }
}
