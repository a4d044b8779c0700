import { CoreV1Api, KubeConfig, Metrics } from '@kubernetes/client-node'
import type { NodeUsage, PodUsage } from './tables.ts'

/** Reads what kubectl top reads, by client-node and a kubeconfig, as another program of the cluster's users would. */
export interface TopClient {
  /** Rejects when an answer is not 200. */
  usage(): Promise<{ readonly nodes: readonly NodeUsage[]; readonly pods: readonly PodUsage[] }>
}

/**
 * client-node's own `topNodes` and `topPods` are not it: the first shows requests and limits and no usage, the second mixes pods of one name in
 * several namespaces up.
 */
export function createTopClient(kubeconfig: string): TopClient {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const metrics = new Metrics(config)
  return {
    async usage() {
      const [nodes, ofNodes, ofPods] = await Promise.all([
        core.listNode(),
        metrics.getNodeMetrics(),
        metrics.getPodMetrics(),
      ])
      const allocatable = new Map(nodes.items.map(({ metadata, status }) => [metadata?.name, status?.allocatable]))
      return {
        nodes: ofNodes.items.map(({ metadata: { name }, usage }) => {
          const { cpu = '0', memory = '0' } = allocatable.get(name) ?? {}
          return { name, usage, allocatable: allocatable.has(name) ? { cpu, memory } : undefined }
        }),
        pods: ofPods.items.map(({ metadata: { name, namespace }, containers }) => ({ namespace, name, containers })),
      }
    },
  }
}
