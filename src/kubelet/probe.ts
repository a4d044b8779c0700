import type { NodeRecord } from '../model/cluster-objects.ts'
import type { AddressTried, EndpointTried, KubeletFindings, ShownCertificate } from '../model/diagnosis.ts'
import type { PodSample } from '../model/sample.ts'
import { addressesOf, familiesOfMachine, hostPort, noAddressFault, portOf } from './addresses.ts'
import { tryEndpoints } from './endpoints.ts'
import { createKubeletClient, type KubeletClientOptions } from './kubelet-client.ts'
import { meet } from './peer.ts'
import { createSharedRead } from './shared-read.ts'
import { createTlsSettings } from './tls-settings.ts'

/** Finds out, step by step, what a scrape would meet: for people, not for the running server. */
export interface KubeletProbe {
  /** Everything about one node; takes at most three times the request timeout. Never rejects for a node's fault. */
  probe(node: NodeRecord): Promise<KubeletFindings>
  /** What the kubelet says of a pod now, as a scrape would be told. @throws KubeletError */
  podOf(node: NodeRecord, namespace: string, name: string): Promise<PodSample | undefined>
  close(): Promise<void>
}

interface Met {
  readonly addresses: readonly AddressTried[]
  readonly certificate: ShownCertificate | undefined
  readonly reached: boolean
}

/**
 * A probe that goes the way of {@link createKubeletClient}'s scrapes, with the same options.
 * @throws Error when the PEM texts of `tls` are none or do not belong together.
 */
export function createKubeletProbe(options: KubeletClientOptions): KubeletProbe {
  const { clock, requestTimeoutMs: timeoutMs, preferredAddressTypes } = options
  const settings = options.scheme === 'https' ? createTlsSettings(options.tls) : undefined
  const families = options.ipFamilies ?? familiesOfMachine()
  const reads = createSharedRead()
  const clients = {
    configured: createKubeletClient(options),
    summary: createKubeletClient({ ...options, source: 'summary' }),
    resource: createKubeletClient({ ...options, source: 'resource' }),
  }

  /** As a scrape: the next address only when this one is not to be had over TCP. */
  async function meetAny(node: NodeRecord, hosts: readonly string[]): Promise<Met> {
    const port = portOf(node, options.useNodeStatusPort, options.port)
    const addresses: AddressTried[] = []
    for (const host of hosts) {
      const target = { host, port, nodeName: node.name, tls: settings }
      const met = await meet(target, { clock, reads, timeoutMs, tcpBudgetMs: timeoutMs / hosts.length })
      const address = hostPort(host, port)
      if (!('fault' in met)) {
        addresses.push({ address, stage: 'reached', fault: undefined })
        return { addresses, certificate: met.certificate, reached: true }
      }
      addresses.push({ address, stage: met.stage, fault: met.fault })
      if (met.stage === 'tls') break
    }
    return { addresses, certificate: undefined, reached: false }
  }

  return {
    async probe(node) {
      const hosts = addressesOf(node, preferredAddressTypes, families)
      const fault = hosts.length === 0 ? noAddressFault(node, preferredAddressTypes) : undefined
      const { addresses, certificate, reached } = await meetAny(node, hosts)
      const met = { fault, addresses, certificate }
      if (!reached) return { ...met, endpoints: [] as EndpointTried[], clockAheadMs: undefined }
      const tried = await tryEndpoints(node, options.source, clients)
      for (const client of Object.values(clients)) client.forget(node.name)
      return { ...met, ...tried }
    },
    async podOf(node, namespace, name) {
      const { sample } = await clients.configured.scrape(node)
      return sample.pods.find((pod) => pod.namespace === namespace && pod.name === name)
    },
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()))
    },
  }
}
