import type { X509Certificate } from 'node:crypto'
import tls from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import type { NodeAddress, NodeRecord } from '../../model/cluster-objects.ts'
import type {
  AddressTried,
  EndpointTried,
  KubeletChecks,
  PodAtKubelet,
  PodSeen,
  ShownCertificate,
} from '../../model/diagnosis.ts'
import { oneLine } from '../../model/log.ts'
import type { PodSample, Scrape } from '../../model/sample.ts'
import { addressesOf, familiesOfMachine, hostPort, noAddressFault, portOf } from '../client/addresses.ts'
import { shownNames } from '../client/certificate.ts'
import {
  createSharedReadBuffer,
  createTlsSettings,
  connect,
  type SharedReadBuffer,
  type ConnectTarget,
} from '../client/connect.ts'
import { DeadlineError, RequestError, KubeletError, type KubeletFault } from '../client/errors.ts'
import { type AddressFailure, requestFault, type FaultContext, quotable, unansweredFault } from '../client/faults.ts'
import { createKubeletClient, type KubeletClient, type KubeletClientOptions } from '../client/kubelet-client.ts'
import { doesWithoutSummary, RESOURCE, SUMMARY } from '../client/metrics-source.ts'

/** Checks step by step what a scrape would find: for the doctor, not for the running server. */
interface KubeletProbe {
  /** All checks of one node, in at most three request timeouts. Never rejects because of a fault of the node. */
  probe(node: NodeRecord): Promise<KubeletChecks>
  /** What the kubelet reports about a pod now. @throws KubeletError */
  podOf(node: NodeRecord, pod: PodSeen): Promise<PodAtKubelet>
  close(): Promise<void>
}

interface ProbedConnection extends Pick<KubeletChecks, 'addresses' | 'unreachable' | 'certificate'> {
  readonly reached: boolean
}

function unreachableFault(failures: readonly AddressFailure[], context: FaultContext): KubeletFault | undefined {
  if (failures.length === 0) return undefined
  const { type, address, fault } = unansweredFault(failures, context)
  return { ...fault, what: `${address} (${type}): ${fault.what}` }
}

/**
 * A probe that connects and requests as {@link createKubeletClient} does, with the same options.
 * @throws Error when the PEM texts of `tls` cannot be parsed or do not belong together.
 */
export function createKubeletProbe(options: KubeletClientOptions): KubeletProbe {
  const { clock, requestTimeoutMs, preferredAddressTypes } = options
  const settings = options.scheme === 'https' ? createTlsSettings(options.tls, options.isOwnCertificate) : undefined
  const families = options.ipFamilies ?? familiesOfMachine()
  const reads = createSharedReadBuffer()
  const clients = {
    configured: createKubeletClient(options),
    summary: createKubeletClient({ ...options, source: 'summary' }),
    resource: createKubeletClient({ ...options, source: 'resource' }),
  }

  /** As a scrape does: tries the next address only when this one fails over TCP. */
  async function probeAddresses(node: NodeRecord, listed: readonly NodeAddress[]): Promise<ProbedConnection> {
    const port = portOf(node, options.useNodeStatusPort, options.port)
    // The endpoints report a credential that cannot be read; here it only keeps parts of it from being shown.
    const authorization = await options.authorization().catch(() => undefined)
    const context = { node, preferredAddressTypes, requestTimeoutMs, authorization }
    const addresses: AddressTried[] = []
    const failures: AddressFailure[] = []
    for (const { type, address: host } of listed) {
      const target = { host, port, nodeName: node.name, tls: settings }
      const handshake = await probeHandshake(target, {
        clock,
        reads,
        context,
        tcpBudgetMs: requestTimeoutMs / listed.length,
      })
      const address = hostPort(host, port)
      if (!('error' in handshake)) {
        addresses.push({ address, type, stage: 'reached', fault: undefined })
        return { addresses, unreachable: undefined, certificate: handshake.certificate, reached: true }
      }
      failures.push({ type, host, address, error: handshake.error })
      addresses.push({ address, type, stage: handshake.stage, fault: requestFault(handshake.error, context) })
      if (handshake.stage === 'tls')
        return { addresses, unreachable: undefined, certificate: undefined, reached: false }
    }
    return { addresses, unreachable: unreachableFault(failures, context), certificate: undefined, reached: false }
  }

  return {
    async probe(node) {
      const hosts = addressesOf(node, preferredAddressTypes, families)
      const fault = hosts.length === 0 ? noAddressFault(node, preferredAddressTypes) : undefined
      const { reached, ...found } = await probeAddresses(node, hosts)
      const connection = { fault, ...found }
      if (!reached) return { ...connection, endpoints: [] as EndpointTried[], clockAheadMs: undefined }
      const tried = await tryEndpoints(node, options.source, clients)
      for (const client of Object.values(clients)) client.forget(node.name)
      return { ...connection, ...tried }
    },
    async podOf(node, { namespace, name, uid }) {
      const { pods, leftOut } = (await clients.configured.scrape(node)).sample
      const named = pods.filter((pod) => pod.namespace === namespace && pod.name === name)
      // Of several of one name the API's; one without a uid (in /metrics/resource) may be any.
      const isIt = (pod: PodSample): boolean => pod.uid === uid || uid === ''
      const sample = named.find(isIt) ?? named.find((pod) => pod.uid === undefined)
      return { sample, leftOut }
    },
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()))
    },
  }
}

/** The verified connection's certificate, or the stage and error of its failure. */
type HandshakeResult =
  | { readonly certificate: ShownCertificate | undefined }
  | { readonly stage: 'tcp' | 'tls'; readonly error: RequestError }

interface HandshakeOptions {
  readonly clock: Clock
  readonly reads: SharedReadBuffer
  readonly tcpBudgetMs: number
  /** Its `requestTimeoutMs` bounds the whole probe. */
  readonly context: FaultContext
}

function shown(
  certificate: X509Certificate | undefined,
  verified: boolean,
  { authorization }: FaultContext,
): ShownCertificate | undefined {
  if (certificate === undefined) return undefined
  const plain = (text: string): string =>
    quotable(text, authorization) ? text : '(not shown: it repeats our credential)'
  return {
    names: plain(shownNames(certificate)),
    issuer: plain(oneLine(certificate.issuer, 120)),
    validToMs: Date.parse(certificate.validTo),
    verified,
  }
}

/** Connects as a scrape does, describes the peer's certificate, and closes. No request is sent. */
function probeHandshake(
  target: ConnectTarget,
  { clock, reads, tcpBudgetMs, context }: HandshakeOptions,
): Promise<HandshakeResult> {
  const { promise, resolve } = Promise.withResolvers<HandshakeResult>()
  const pending = connect(target, { clock, reads, tcpBudgetMs }, (error, open) => {
    timer.cancel()
    if (open === null) {
      const stage = error?.stage ?? 'tcp'
      resolve({ stage, error: new RequestError('connecting', 0, false, error) })
      return
    }
    const certificate = open instanceof tls.TLSSocket ? open.getPeerX509Certificate() : undefined
    open.destroy()
    resolve({ certificate: shown(certificate, target.tls?.insecure === false, context) })
  })
  const timer = clock.after(context.requestTimeoutMs, () => pending.giveUp(new DeadlineError('took too long')))
  return promise
}

interface EndpointClients {
  readonly summary: Pick<KubeletClient, 'scrape'>
  readonly resource: Pick<KubeletClient, 'scrape'>
}

interface TriedEndpoints {
  readonly endpoints: readonly EndpointTried[]
  readonly clockAheadMs: number | undefined
}

interface Trial {
  readonly scrape: Scrape | undefined
  readonly error: KubeletError | undefined
}

async function trial(client: Pick<KubeletClient, 'scrape'>, node: NodeRecord): Promise<Trial> {
  try {
    return { scrape: await client.scrape(node), error: undefined }
  } catch (error) {
    if (error instanceof KubeletError) return { scrape: undefined, error }
    throw error
  }
}

/** `Date` is cut to whole seconds, so on average it is half a second late. */
const DATE_IS_LATE_MS = 500

function aheadMs(trials: readonly Trial[]): number | undefined {
  for (const { scrape } of trials) {
    if (scrape?.nodeTimeMs !== undefined) return scrape.nodeTimeMs + DATE_IS_LATE_MS - scrape.askedAt.wallMs
  }
  return undefined
}

/** Which endpoints the server needs: with `auto` the one that it scrapes, or both when neither works. */
function neededOf(source: 'auto' | 'summary' | 'resource', summary: Trial, resource: Trial) {
  if (source !== 'auto') return { summary: source === 'summary', resource: source === 'resource' }
  const fallsBack = summary.error !== undefined && doesWithoutSummary(summary.error.reason)
  return { summary: !fallsBack || resource.error !== undefined, resource: fallsBack }
}

/**
 * Scrapes both endpoints of a kubelet that can be reached, or the one in the node's annotation, and says which of them the
 * server needs by `--kubelet-metrics-source`.
 */
async function tryEndpoints(
  node: NodeRecord,
  source: 'auto' | 'summary' | 'resource',
  clients: EndpointClients,
): Promise<TriedEndpoints> {
  if (node.resourceMetricsPath) {
    const annotated = await trial(clients.resource, node)
    const path = node.resourceMetricsPath
    const endpoint: EndpointTried = { endpoint: 'annotated', path, fault: annotated.error, needed: true }
    return { endpoints: [endpoint], clockAheadMs: aheadMs([annotated]) }
  }
  const summary = await trial(clients.summary, node)
  const resource = await trial(clients.resource, node)
  const needed = neededOf(source, summary, resource)
  const path = SUMMARY.path.replace(/\?.*/, '')
  return {
    endpoints: [
      { endpoint: 'summary', path, fault: summary.error, needed: needed.summary },
      { endpoint: 'resource', path: RESOURCE.path, fault: resource.error, needed: needed.resource },
    ],
    clockAheadMs: aheadMs([summary, resource]),
  }
}
