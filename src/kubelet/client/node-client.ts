import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { NodeSample, Scrape } from '../../model/sample.ts'
import { portOf } from './addresses.ts'
import { type Attempt, raise } from './attempt.ts'
import { DecodeError } from '../decode/decode-error.ts'
import type { Answer } from './exchange.ts'
import {
  ClosedError,
  credentialFault,
  DeadlineError,
  decodeFault,
  endFault,
  otherNodeFault,
  statusFault,
} from './explain.ts'
import { KubeletError } from './kubelet-error.ts'
import { createLink } from './link.ts'
import { annotatedEndpoint, createSourceChoice, type Endpoint, RESOURCE, SUMMARY } from './metrics-source.ts'
import type { KubeletClientSettings } from './settings.ts'

/** One node's kubelet: the way to it, and which endpoint it has. */
export interface NodeClient {
  /** @throws KubeletError, and nothing else. */
  scrape(node: NodeRecord): Promise<Scrape>
  /** Closes its connection; scrapes under way end with reason 'closed'. */
  close(): void
}

export function createNodeClient(settings: KubeletClientSettings): NodeClient {
  const { clock, requestTimeoutMs } = settings
  const link = createLink(settings)
  const choice = createSourceChoice(settings.summaryRight)
  const running = new Set<AbortController>()
  /** The node whose kubelet answered in place of this one's. */
  let other: string | undefined

  async function read(answer: Answer, endpoint: Endpoint, attempt: Attempt): Promise<Scrape> {
    if (answer.status !== 200) return raise(attempt, statusFault(endpoint.path, answer, attempt.authorization))
    let sample: NodeSample
    try {
      sample = await settings.decoders[endpoint.format](answer.body, answer.delimited)
    } catch (error) {
      link.drop()
      if (error instanceof DecodeError) return raise(attempt, decodeFault(endpoint.path, error))
      throw error
    }
    checkNode(sample, attempt)
    return { sample, askedAt: answer.askedAt, tookMs: answer.tookMs, nodeTimeMs: answer.nodeTimeMs }
  }

  /**
   * A kubelet registers its Node under the very name that it gives itself in the Summary, in lower case (component-helpers,
   * GetHostname), so that another name is another node's. Case tells nothing: Nodes cannot differ in it alone. No name, as
   * in /metrics/resource, tells nothing either.
   */
  function checkNode({ nodeName }: NodeSample, attempt: Attempt): void {
    const named = nodeName?.trim().toLowerCase() ?? ''
    if (named === '') return
    if (named === attempt.node.name.toLowerCase()) {
      other = undefined
      return
    }
    // Behind a load balancer it is another one each time: the fault stays one, in the words of the first.
    other ??= named
    link.drop()
    raise(attempt, otherNodeFault(other, attempt.authorization))
  }

  async function ask(endpoint: Endpoint, attempt: Attempt): Promise<Scrape> {
    const answer = await link.get(endpoint.path, attempt)
    try {
      return await read(answer, endpoint, attempt)
    } finally {
      answer.release()
    }
  }

  /** When the kubelet has neither endpoint for us, the first one's error tells more. */
  async function askInstead(second: Endpoint, attempt: Attempt, first: KubeletError): Promise<Scrape> {
    try {
      return await ask(second, attempt)
    } catch (error) {
      const neither = error instanceof KubeletError && (error.reason === 'forbidden' || error.reason === 'not-found')
      throw neither ? first : error
    }
  }

  async function askEither(attempt: Attempt): Promise<Scrape> {
    const [first, second] = choice.order(clock.monotonicMs())
    try {
      const scrape = await ask(first, attempt)
      choice.answered(first)
      return scrape
    } catch (error) {
      if (!(error instanceof KubeletError)) throw error
      if (second === undefined || !choice.mayFallBack(error.reason)) {
        choice.failed(first, error.reason, clock.monotonicMs())
        throw error
      }
      const scrape = await askInstead(second, attempt, error)
      choice.fellBack(error.reason, clock.monotonicMs())
      return scrape
    }
  }

  function askConfigured(attempt: Attempt): Promise<Scrape> {
    const annotated = annotatedEndpoint(attempt.node)
    if (annotated !== undefined) return 'path' in annotated ? ask(annotated, attempt) : raise(attempt, annotated)
    if (settings.source === 'summary') return ask(SUMMARY, attempt)
    if (settings.source === 'resource') return ask(RESOURCE, attempt)
    return askEither(attempt)
  }

  async function attemptOf(node: NodeRecord, signal: AbortSignal): Promise<Attempt> {
    const dueMs = clock.monotonicMs() + requestTimeoutMs
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
      return raise(attempt, signal.aborted ? endFault(signal.reason, requestTimeoutMs) : credentialFault(error))
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  async function scrape(node: NodeRecord): Promise<Scrape> {
    const controller = new AbortController()
    running.add(controller)
    const timer = clock.after(requestTimeoutMs, () => controller.abort(new DeadlineError('took too long')))
    try {
      return await askConfigured(await attemptOf(node, controller.signal))
    } finally {
      timer.cancel()
      running.delete(controller)
    }
  }

  function close(): void {
    for (const controller of running) controller.abort(new ClosedError('closed'))
    choice.forget()
    link.drop()
  }
  return { scrape, close }
}
