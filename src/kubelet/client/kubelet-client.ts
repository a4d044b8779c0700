import type { X509Certificate } from 'node:crypto'
import type { AddressType, NodeRecord } from '../../model/cluster-objects.ts'
import type { Clock } from '../../model/clock.ts'
import type { Scrape } from '../../model/sample.ts'
import { familiesOfMachine, type IpFamily } from './addresses.ts'
import { createBuffers } from './buffers.ts'
import { createDecoders } from '../decode/decoders.ts'
import { ClosedError, endFault, unexpectedFault } from './explain.ts'
import { KubeletError } from './kubelet-error.ts'
import { createNodeClient, type NodeClient } from './node-client.ts'
import { SummaryRight } from './metrics-source.ts'
import type { KubeletClientSettings } from './settings.ts'
import { createTlsSettings, type KubeletTls } from './tls-settings.ts'

export interface KubeletClientOptions {
  readonly port: number
  /** Take the port that the node's status names, where it names one. */
  readonly useNodeStatusPort: boolean
  readonly preferredAddressTypes: readonly AddressType[]
  /** 'http' (`--deprecated-kubelet-completely-insecure`): no TLS and, whatever {@link authorization} gives, no token. */
  readonly scheme: 'https' | 'http'
  /** 'auto': the Summary, and /metrics/resource of nodes that answer 403 or 404 to it. */
  readonly source: 'auto' | 'summary' | 'resource'
  /** Over everything: credentials, connecting, all addresses, both endpoints. */
  readonly requestTimeoutMs: number
  /** 16 MiB when left out; a Summary takes about 2.5 KB for each pod. */
  readonly maxBodyBytes?: number
  readonly tls: KubeletTls
  /** Whether a certificate is one that this server serves with; none is when left out. */
  readonly isOwnCertificate?: (certificate: X509Certificate) => boolean
  /**
   * Told when the number of nodes changes whose kubelets refuse the Summary for want of a right (403): at most every few
   * seconds, 0 when there is none any more.
   */
  readonly onSummaryForbidden?: (nodes: number) => void
  /** The whole Authorization header, asked for before each scrape. */
  authorization(): Promise<string | undefined>
  readonly clock: Clock
  /** How long an idle connection is kept: longer than the time between two scrapes. */
  readonly keepAliveMs: number
  /** The IP families by which this machine reaches others; by its network interfaces when left out. */
  readonly ipFamilies?: ReadonlySet<IpFamily>
}

export interface KubeletClient {
  /** Asks a node's kubelet once. @throws KubeletError, and nothing else. */
  scrape(node: NodeRecord): Promise<Scrape>
  /** The node is gone: closes its connection and forgets what was learned of it. */
  forget(nodeName: string): void
  /** Connections from the next scrapes on are made and verified with these. @throws Error for PEM texts that are none. */
  setTls(tls: KubeletTls): void
  /** Ends what is under way with reason 'closed', and closes all connections. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * The client of all nodes' kubelets: one kept-alive HTTP/1.1 connection for each node.
 * @throws Error when the PEM texts of `tls` are none or do not belong together.
 */
export function createKubeletClient(options: KubeletClientOptions): KubeletClient {
  const secure = options.scheme === 'https'
  let tls = secure ? createTlsSettings(options.tls, options.isOwnCertificate) : undefined
  let closed = false
  const nodes = new Map<string, NodeClient>()
  const settings: KubeletClientSettings = {
    port: options.port,
    useNodeStatusPort: options.useNodeStatusPort,
    preferredAddressTypes: options.preferredAddressTypes,
    source: options.source,
    requestTimeoutMs: options.requestTimeoutMs,
    keepAliveMs: options.keepAliveMs,
    clock: options.clock,
    buffers: createBuffers(options.maxBodyBytes ?? MAX_BODY_BYTES),
    decoders: createDecoders(),
    summaryRight: new SummaryRight(options.clock, options.onSummaryForbidden),
    ipFamilies: options.ipFamilies ?? familiesOfMachine(),
    tls: () => tls,
    authorization: () => options.authorization(),
  }

  function clientOf(name: string): NodeClient {
    let client = nodes.get(name)
    if (client === undefined) {
      client = createNodeClient(settings)
      nodes.set(name, client)
    }
    return client
  }

  return {
    async scrape(node) {
      if (closed) throw new KubeletError(node.name, '', endFault(new ClosedError('closed'), options.requestTimeoutMs))
      try {
        return await clientOf(node.name).scrape(node)
      } catch (error) {
        throw error instanceof KubeletError ? error : new KubeletError(node.name, '', unexpectedFault(error))
      }
    },
    forget(nodeName) {
      nodes.get(nodeName)?.close()
      nodes.delete(nodeName)
    },
    setTls(next) {
      if (secure) tls = createTlsSettings(next, options.isOwnCertificate)
    },
    async close() {
      closed = true
      for (const node of nodes.values()) node.close()
      nodes.clear()
      settings.summaryRight.stop()
    },
  }
}
