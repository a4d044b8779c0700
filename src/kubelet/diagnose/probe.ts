import type { NodeAddress, NodeRecord } from '../../model/cluster-objects.ts'
import type { AddressTried, EndpointTried, KubeletFindings } from '../../model/diagnosis.ts'
import type { PodSample } from '../../model/sample.ts'
import { addressesOf, familiesOfMachine, hostPort, noAddressFault, portOf } from '../client/addresses.ts'
import { tryEndpoints } from './endpoints.ts'
import { createKubeletClient, type KubeletClientOptions } from '../client/kubelet-client.ts'
import { type AddressFailure, exchangeFault, type FaultContext, unansweredFault } from '../client/explain.ts'
import type { KubeletFault } from '../client/kubelet-error.ts'
import { meet } from './peer.ts'
import { createSharedRead } from '../client/shared-read.ts'
import { createTlsSettings } from '../client/tls-settings.ts'

/** Finds out, step by step, what a scrape would meet: for people, not for the running server. */
export interface KubeletProbe {
  /** Everything about one node; takes at most three times the request timeout. Never rejects for a node's fault. */
  probe(node: NodeRecord): Promise<KubeletFindings>
  /** What the kubelet says of a pod now, as a scrape would be told. @throws KubeletError */
  podOf(node: NodeRecord, namespace: string, name: string): Promise<PodSample | undefined>
  close(): Promise<void>
}

interface Met extends Pick<KubeletFindings, 'addresses' | 'unreachable' | 'certificate'> {
  readonly reached: boolean
}

function unreachableFault(failures: readonly AddressFailure[], context: FaultContext): KubeletFault | undefined {
  if (failures.length === 0) return undefined
  const { type, address, fault } = unansweredFault(failures, context)
  return { ...fault, what: `${address} (${type}): ${fault.what}` }
}

/**
 * A probe that goes the way of {@link createKubeletClient}'s scrapes, with the same options.
 * @throws Error when the PEM texts of `tls` are none or do not belong together.
 */
export function createKubeletProbe(options: KubeletClientOptions): KubeletProbe {
  const { clock, requestTimeoutMs, preferredAddressTypes } = options
  const settings = options.scheme === 'https' ? createTlsSettings(options.tls, options.isOwnCertificate) : undefined
  const families = options.ipFamilies ?? familiesOfMachine()
  const reads = createSharedRead()
  const clients = {
    configured: createKubeletClient(options),
    summary: createKubeletClient({ ...options, source: 'summary' }),
    resource: createKubeletClient({ ...options, source: 'resource' }),
  }

  /** As a scrape: the next address only when this one is not to be had over TCP. */
  async function meetAny(node: NodeRecord, listed: readonly NodeAddress[]): Promise<Met> {
    const port = portOf(node, options.useNodeStatusPort, options.port)
    // Whether it can be had at all is said of the endpoints. Here it only keeps pieces of it from being shown.
    const authorization = await options.authorization().catch(() => undefined)
    const context = { node, preferredAddressTypes, requestTimeoutMs, authorization }
    const addresses: AddressTried[] = []
    const failures: AddressFailure[] = []
    for (const { type, address: host } of listed) {
      const target = { host, port, nodeName: node.name, tls: settings }
      const met = await meet(target, { clock, reads, context, tcpBudgetMs: requestTimeoutMs / listed.length })
      const address = hostPort(host, port)
      if (!('error' in met)) {
        addresses.push({ address, type, stage: 'reached', fault: undefined })
        return { addresses, unreachable: undefined, certificate: met.certificate, reached: true }
      }
      failures.push({ type, host, address, error: met.error })
      addresses.push({ address, type, stage: met.stage, fault: exchangeFault(met.error, context) })
      if (met.stage === 'tls') return { addresses, unreachable: undefined, certificate: undefined, reached: false }
    }
    return { addresses, unreachable: unreachableFault(failures, context), certificate: undefined, reached: false }
  }

  return {
    async probe(node) {
      const hosts = addressesOf(node, preferredAddressTypes, families)
      const fault = hosts.length === 0 ? noAddressFault(node, preferredAddressTypes) : undefined
      const { reached, ...found } = await meetAny(node, hosts)
      const met = { fault, ...found }
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
