import type { X509Certificate } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import type { AddressType, NodeRecord } from '../../model/cluster-objects.ts'
import type { NodeSample, Scrape } from '../../model/sample.ts'
import { createDecoders, type Decoders } from '../decode/decoders.ts'
import { DecodeError } from '../decode/response-reader.ts'
import { familiesOfMachine, type IpFamily, portOf } from './addresses.ts'
import { createTlsSettings, type KubeletTls } from './connect.ts'
import { ClosedError, DeadlineError, KubeletError } from './errors.ts'
import { credentialFault, decodeFault, endFault, otherNodeFault, statusFault, unexpectedFault } from './faults.ts'
import {
  annotatedEndpoint,
  createSourceChoice,
  type Endpoint,
  RESOURCE,
  SUMMARY,
  SummaryRight,
  WHOLE_SUMMARY,
} from './metrics-source.ts'
import {
  type ScrapeAttempt,
  createBuffers,
  createNodeConnection,
  type NodeConnectionSettings,
  raise,
} from './node-connection.ts'
import type { KubeletResponse } from './response-handler.ts'

export interface KubeletClientOptions {
  readonly port: number
  /** Take the port that the node's status names, where it names one. */
  readonly useNodeStatusPort: boolean
  readonly preferredAddressTypes: readonly AddressType[]
  /** 'http' (`--deprecated-kubelet-completely-insecure`): no TLS, and no token even if {@link authorization} returns one. */
  readonly scheme: 'https' | 'http'
  /** 'auto': the Summary, and /metrics/resource of nodes that answer 403 or 404 to it. */
  readonly source: 'auto' | 'summary' | 'resource'
  /** For one scrape as a whole: credentials, connecting, all addresses, both endpoints. */
  readonly requestTimeoutMs: number
  /** 16 MiB when left out; a Summary takes about 2.5 KB for each pod. */
  readonly maxBodyBytes?: number
  readonly tls: KubeletTls
  /** Samples have the pressure that Summaries report. */
  readonly readsPressure?: boolean
  /** Whether a certificate is one that this server serves with; none is when left out. */
  readonly isOwnCertificate?: (certificate: X509Certificate) => boolean
  /**
   * Called when the number of nodes changes whose kubelets refuse the Summary with 403: at most every few seconds, with 0
   * when none is left.
   */
  readonly onSummaryForbidden?: (nodes: number) => void
  /** The whole Authorization header; called before each scrape. */
  authorization(): Promise<string | undefined>
  readonly clock: Clock
  /** How long an idle connection is kept: longer than the time between two scrapes. */
  readonly keepAliveMs: number
  /** The IP families by which this machine reaches others; by its network interfaces when left out. */
  readonly ipFamilies?: ReadonlySet<IpFamily>
}

export interface KubeletClient {
  /**
   * Scrapes a node's kubelet once. `isWholeWanted`: by its whole Summary where it answers with that within a second, and
   * otherwise as usual; `wholeSummary` of the result says which it was. @throws KubeletError, and nothing else.
   */
  scrape(node: NodeRecord, isWholeWanted?: boolean): Promise<Scrape>
  /** Gets the whole Summary of a node, within `timeoutMs`. @throws KubeletError, and nothing else. */
  scrapeWhole(node: NodeRecord, timeoutMs: number): Promise<Scrape>
  /** The node is gone: closes its connection and forgets what is known about it. */
  forget(nodeName: string): void
  /** Used for connections from the next scrapes on. @throws Error when the PEM texts cannot be parsed. */
  setTls(tls: KubeletTls): void
  /** Ends running scrapes with reason 'closed', and closes all connections. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 16 * 1024 * 1024
/** A slower answer says less of when its CPU was sampled (store/time-window.ts: PROMPT_HALF_MS). */
const MOST_PROMPT_MS = 1000

/**
 * The client of all nodes' kubelets: one kept-alive HTTP/1.1 connection for each node.
 * @throws Error when the PEM texts of `tls` cannot be parsed or do not belong together.
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
    decoders: createDecoders(options.readsPressure),
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

  async function scrapeWith(node: NodeRecord, work: (client: NodeClient) => Promise<Scrape>): Promise<Scrape> {
    if (closed) throw new KubeletError(node.name, '', endFault(new ClosedError('closed'), options.requestTimeoutMs))
    try {
      return await work(clientOf(node.name))
    } catch (error) {
      throw error instanceof KubeletError ? error : new KubeletError(node.name, '', unexpectedFault(error))
    }
  }

  return {
    scrape: (node, isWholeWanted = false) => scrapeWith(node, (client) => client.scrape(node, isWholeWanted)),
    scrapeWhole: (node, timeoutMs) => scrapeWith(node, (client) => client.scrapeWhole(node, timeoutMs)),
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

export /** What all nodes' clients share, defaults filled in. */
interface KubeletClientSettings extends NodeConnectionSettings {
  readonly port: number
  readonly useNodeStatusPort: boolean
  readonly source: 'auto' | 'summary' | 'resource'
  readonly decoders: Decoders
  readonly summaryRight: SummaryRight
  /** The whole current Authorization header. */
  authorization(): Promise<string | undefined>
}

/** One node's kubelet: its connection, and which endpoint it serves. */
interface NodeClient {
  /** As {@link KubeletClient.scrape} and {@link KubeletClient.scrapeWhole}. */
  scrape(node: NodeRecord, isWholeWanted: boolean): Promise<Scrape>
  scrapeWhole(node: NodeRecord, timeoutMs: number): Promise<Scrape>
  /** Closes its connection; scrapes under way end with reason 'closed'. */
  close(): void
}

function createNodeClient(settings: KubeletClientSettings): NodeClient {
  const { clock, requestTimeoutMs } = settings
  const connection = createNodeConnection(settings)
  const choice = createSourceChoice(settings.summaryRight)
  const running = new Set<AbortController>()
  /** The node whose kubelet responded instead of this node's. */
  let other: string | undefined

  async function read(answer: KubeletResponse, endpoint: Endpoint, attempt: ScrapeAttempt): Promise<Scrape> {
    if (answer.status !== 200) return raise(attempt, statusFault(endpoint.path, answer, attempt.authorization))
    let sample: NodeSample
    try {
      sample = await settings.decoders[endpoint.format](answer.body, answer.delimited)
    } catch (error) {
      connection.drop()
      if (error instanceof DecodeError) return raise(attempt, decodeFault(endpoint.path, error))
      throw error
    }
    checkNode(sample, attempt)
    const { askedAt, tookMs, nodeTimeMs } = answer
    return { sample, askedAt, tookMs, nodeTimeMs, wholeSummary: endpoint === WHOLE_SUMMARY }
  }

  /**
   * A kubelet registers its Node under the name that it reports in the Summary, in lower case (component-helpers,
   * GetHostname), so another name belongs to another node. /metrics/resource has no name to compare.
   */
  function checkNode({ nodeName }: NodeSample, attempt: ScrapeAttempt): void {
    const named = nodeName?.trim().toLowerCase() ?? ''
    if (named === '') return
    if (named === attempt.node.name.toLowerCase()) {
      other = undefined
      return
    }
    // Behind a load balancer the name changes each time; the first one is kept so that the fault stays the same.
    other ??= named
    connection.drop()
    raise(attempt, otherNodeFault(other, attempt.authorization))
  }

  async function scrapeEndpoint(endpoint: Endpoint, attempt: ScrapeAttempt): Promise<Scrape> {
    const answer = await connection.get(endpoint.path, attempt)
    try {
      return await read(answer, endpoint, attempt)
    } finally {
      answer.release()
    }
  }

  /** When the kubelet serves neither endpoint, the error of the first one is the more useful. */
  async function fallBack(second: Endpoint, attempt: ScrapeAttempt, first: KubeletError): Promise<Scrape> {
    try {
      return await scrapeEndpoint(second, attempt)
    } catch (error) {
      const neither = error instanceof KubeletError && (error.reason === 'forbidden' || error.reason === 'not-found')
      throw neither ? first : error
    }
  }

  async function scrapeEither(attempt: ScrapeAttempt): Promise<Scrape> {
    const [first, second] = choice.order(clock.monotonicMs())
    try {
      const scrape = await scrapeEndpoint(first, attempt)
      choice.answered(first)
      return scrape
    } catch (error) {
      if (!(error instanceof KubeletError)) throw error
      if (second === undefined || !choice.mayFallBack(error.reason)) {
        choice.failed(first, error.reason, clock.monotonicMs())
        throw error
      }
      const scrape = await fallBack(second, attempt, error)
      choice.fellBack(error.reason, clock.monotonicMs())
      return scrape
    }
  }

  function scrapeConfigured(attempt: ScrapeAttempt): Promise<Scrape> {
    const annotated = annotatedEndpoint(attempt.node)
    if (annotated !== undefined)
      return 'path' in annotated ? scrapeEndpoint(annotated, attempt) : raise(attempt, annotated)
    if (settings.source === 'summary') return scrapeEndpoint(SUMMARY, attempt)
    if (settings.source === 'resource') return scrapeEndpoint(RESOURCE, attempt)
    return scrapeEither(attempt)
  }

  /** The whole Summary if it comes at once; `undefined` if not, for whatever reason. */
  async function scrapePromptly(attempt: ScrapeAttempt): Promise<Scrape | undefined> {
    const promptMs = Math.min(MOST_PROMPT_MS, requestTimeoutMs / 2)
    const controller = new AbortController()
    const timer = clock.after(promptMs, () => controller.abort(new DeadlineError('took too long')))
    const signal = AbortSignal.any([attempt.signal, controller.signal])
    try {
      return await scrapeEndpoint(WHOLE_SUMMARY, { ...attempt, dueMs: clock.monotonicMs() + promptMs, signal })
    } catch (error) {
      if (attempt.signal.aborted || !(error instanceof KubeletError)) throw error
      return undefined
    } finally {
      timer.cancel()
    }
  }

  async function beginAttempt(node: NodeRecord, signal: AbortSignal, timeoutMs: number): Promise<ScrapeAttempt> {
    const dueMs = clock.monotonicMs() + timeoutMs
    const port = portOf(node, settings.useNodeStatusPort, settings.port)
    const attempt = { node, port, authorization: undefined, dueMs, signal, address: '' }
    const { promise, reject } = Promise.withResolvers<never>()
    const giveUp = (): void => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      // A token never goes over plain HTTP, as in the Go server (kubelet_client.go: AnonymousClientConfig).
      const asked = settings.tls() === undefined ? undefined : settings.authorization()
      return { ...attempt, authorization: await Promise.race([asked, promise]) }
    } catch (error) {
      return raise(attempt, signal.aborted ? endFault(signal.reason, timeoutMs) : credentialFault(error))
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  async function scrapeWithin(
    timeoutMs: number,
    node: NodeRecord,
    work: (attempt: ScrapeAttempt) => Promise<Scrape>,
  ): Promise<Scrape> {
    const controller = new AbortController()
    running.add(controller)
    const timer = clock.after(timeoutMs, () => controller.abort(new DeadlineError('took too long')))
    try {
      return await work(await beginAttempt(node, controller.signal, timeoutMs))
    } finally {
      timer.cancel()
      running.delete(controller)
    }
  }

  function scrape(node: NodeRecord, isWholeWanted: boolean): Promise<Scrape> {
    return scrapeWithin(requestTimeoutMs, node, async (attempt) => {
      const whole = isWholeWanted ? await scrapePromptly(attempt) : undefined
      return whole ?? scrapeConfigured(attempt)
    })
  }

  function scrapeWhole(node: NodeRecord, timeoutMs: number): Promise<Scrape> {
    return scrapeWithin(timeoutMs, node, (attempt) => scrapeEndpoint(WHOLE_SUMMARY, attempt))
  }

  function close(): void {
    for (const controller of running) controller.abort(new ClosedError('closed'))
    choice.forget()
    connection.drop()
  }
  return { scrape, scrapeWhole, close }
}
