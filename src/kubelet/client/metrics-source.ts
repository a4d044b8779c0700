import type { Clock, Timer } from '../../model/clock.ts'
import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { Format } from '../decode/decoders.ts'
import type { KubeletErrorReason, KubeletFault } from './errors.ts'

/** A path of a kubelet and how its answer is read. */
export interface Endpoint {
  readonly path: string
  readonly format: Format
}

export const SUMMARY: Endpoint = { path: '/stats/summary?only_cpu_and_memory=true', format: 'summary' }
export const RESOURCE: Endpoint = { path: '/metrics/resource', format: 'exposition' }

const SUMMARY_AGAIN_MS = 10 * 60_000

/** The Summary is not to be had from this kubelet: a virtual one, or RBAC without nodes/stats. */
const NOT_SERVED: ReadonlySet<KubeletErrorReason> = new Set(['forbidden', 'not-found'])
/** An answer came, but of no use. That is enough to stay with an endpoint that is known to work. */
const NO_USE: ReadonlySet<KubeletErrorReason> = new Set([
  ...NOT_SERVED,
  'unauthorized',
  'http-status',
  'too-large',
  'malformed',
])

/**
 * The endpoint that the node's annotation asks for (metrics.k8s.io/resource-metrics-path), or what is wrong with it.
 * As in the Go server (pkg/scraper/client/resource/client.go, a url.URL's Path), a slash is put before it where there is
 * none, and a `?` in it is no query.
 */
export function annotatedEndpoint({ resourceMetricsPath: path }: NodeRecord): Endpoint | KubeletFault | undefined {
  if (path === undefined || path === '') return undefined
  if (/\p{Cc}/u.test(path) || !path.isWellFormed() || path.length > 1024) {
    const what = 'its annotation metrics.k8s.io/resource-metrics-path is no path'
    return { reason: 'malformed', what, remedy: 'mend the annotation or take it away' }
  }
  const escaped = encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')
  return { path: escaped.startsWith('/') ? escaped : `/${escaped}`, format: 'exposition' }
}

/** How soon after one node another is asked whether the right to the Summary has been granted. */
const RIGHT_AGAIN_MS = 5000

/**
 * What all nodes' kubelets have in common where they refuse the Summary with 403: it is our right that is missing, and one
 * grant serves all. So one node at a time finds out, every few seconds, and where one is let in all others try again. Each
 * such question costs its kubelet a SubjectAccessReview, which is remembered for 30 s.
 */
export class SummaryRight {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'after'>
  readonly #onChange: (nodes: number) => void
  #grants = 0
  #againMs = 0
  #lacking = 0
  #timer: Timer | undefined
  #reported = 0

  constructor(clock: Pick<Clock, 'monotonicMs' | 'after'>, onChange: (nodes: number) => void = () => {}) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** How often a node has been let in that was not before. */
  get grants(): number {
    return this.#grants
  }

  /** Whether it is this node's turn to ask again. */
  takeTurn(): boolean {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#againMs) return false
    this.#againMs = nowMs + RIGHT_AGAIN_MS
    return true
  }

  refused(): void {
    this.#lacking++
    if (this.#lacking === 1) this.#againMs = this.#clock.monotonicMs() + RIGHT_AGAIN_MS
    this.#reportLater()
  }

  /** A node that was refused is let in, or gone. */
  ended(isLetIn: boolean): void {
    this.#lacking--
    if (isLetIn) this.#grants++
    this.#reportLater()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** At the start nodes are refused one after the other: their number is told once. */
  #reportLater(): void {
    this.#timer ??= this.#clock.after(RIGHT_AGAIN_MS, () => {
      this.#timer = undefined
      if (this.#lacking === this.#reported) return
      this.#reported = this.#lacking
      this.#onChange(this.#lacking)
    })
  }
}

/** Which of the two endpoints of a node is asked, with `--kubelet-metrics-source=auto`. */
interface SourceChoice {
  /** The endpoints to ask, the second when {@link SourceChoice.mayFallBack} says so of the first. */
  order(nowMs: number): readonly [Endpoint, Endpoint?]
  mayFallBack(reason: KubeletErrorReason): boolean
  /** The second endpoint answered in place of the first, which failed with this. */
  fellBack(reason: KubeletErrorReason, nowMs: number): void
  /** The endpoint gave an answer. */
  answered(endpoint: Endpoint): void
  /** The endpoint failed, and nothing answered in its place. */
  failed(endpoint: Endpoint, reason: KubeletErrorReason, nowMs: number): void
  /** The node is gone. */
  forget(): void
}

export function createSourceChoice(right: SummaryRight): SourceChoice {
  /** Monotonic milliseconds; `undefined` while the Summary is what is asked. */
  let summaryAgainMs: number | undefined
  /** The grants that there had been when it was refused for want of a right; `undefined`: it was not. */
  let refusedAt: number | undefined

  function leave(isLetIn: boolean): void {
    summaryAgainMs = undefined
    if (refusedAt !== undefined) right.ended(isLetIn)
    refusedAt = undefined
  }
  const isWorthAsking = (nowMs: number): boolean =>
    summaryAgainMs === undefined ||
    nowMs >= summaryAgainMs ||
    (refusedAt !== undefined && (right.grants !== refusedAt || right.takeTurn()))

  return {
    order: (nowMs) => (isWorthAsking(nowMs) ? [SUMMARY, RESOURCE] : [RESOURCE]),
    mayFallBack: (reason) => (summaryAgainMs === undefined ? NOT_SERVED : NO_USE).has(reason),
    fellBack(reason, nowMs) {
      summaryAgainMs = nowMs + SUMMARY_AGAIN_MS
      if (reason === 'forbidden') {
        if (refusedAt === undefined) right.refused()
        refusedAt = right.grants
      } else if (reason === 'not-found' && refusedAt !== undefined) {
        right.ended(false)
        refusedAt = undefined
      }
    },
    answered(endpoint) {
      if (endpoint === SUMMARY) leave(true)
    },
    failed(endpoint, reason, nowMs) {
      if (endpoint === RESOURCE && NOT_SERVED.has(reason)) leave(false)
      // A Summary that hangs when it is tried again must not keep /metrics/resource from being asked next.
      if (endpoint === SUMMARY && summaryAgainMs !== undefined) {
        leave(false)
        summaryAgainMs = nowMs + SUMMARY_AGAIN_MS
      }
    },
    forget: () => leave(false),
  }
}

/** Whether the server does without the Summary where it fails for this reason. */
export const doesWithoutSummary = (reason: KubeletErrorReason): boolean => NOT_SERVED.has(reason)
