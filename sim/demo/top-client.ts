import https from 'node:https'
import { json } from 'node:stream/consumers'
import type { Cluster } from '../cluster.ts'
import type { NodeUsage, PodUsage, ResourceList } from './tables.ts'

interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

interface NodeItem extends Item {
  readonly status: { readonly allocatable: ResourceList }
}

interface NodeMetrics extends Item {
  readonly usage: ResourceList
}

interface PodMetrics extends Item {
  readonly containers: PodUsage['containers']
}

const METRICS = '/apis/metrics.k8s.io/v1beta1'
const LIMIT_MS = 10_000

/** Asks the apiserver what kubectl top asks it, as admin. */
export interface TopClient {
  /** Rejects when an answer is not 200. */
  ask(): Promise<{ readonly nodes: readonly NodeUsage[]; readonly pods: readonly PodUsage[] }>
  close(): void
}

export function createTopClient(cluster: Cluster): TopClient {
  const { admin, cluster: authority } = cluster.authorities
  const agent = new https.Agent({ keepAlive: true, ca: authority.certPem, cert: admin.certPem, key: admin.keyPem })
  const list = async <T>(path: string): Promise<readonly T[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly T[]>()
    const signal = AbortSignal.timeout(LIMIT_MS)
    const request = https.get(new URL(path, cluster.apiserver.url), { agent, signal }, (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        reject(new Error(`GET ${path}: ${response.statusCode}`))
      } else json(response).then((body) => resolve((body as { items: readonly T[] }).items), reject)
    })
    request.on('error', reject)
    return promise
  }
  return {
    async ask() {
      const [nodes, metrics, pods] = await Promise.all([
        list<NodeItem>('/api/v1/nodes'),
        list<NodeMetrics>(`${METRICS}/nodes`),
        list<PodMetrics>(`${METRICS}/pods`),
      ])
      const allocatable = new Map(nodes.map((node) => [node.metadata.name, node.status.allocatable]))
      return {
        nodes: metrics.map(({ metadata: { name }, usage }) => ({ name, usage, allocatable: allocatable.get(name) })),
        pods: pods.map(({ metadata: { name, namespace = '' }, containers }) => ({ namespace, name, containers })),
      }
    },
    close: () => agent.destroy(),
  }
}
