import type { Clock, Timer } from '../../model/clock.ts'
import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { Format } from '../decode/decoders.ts'
import type { KubeletErrorReason, KubeletFault } from './errors.ts'

/** A path of a kubelet and the format of its response. */
export interface Endpoint {
  readonly path: string
  readonly format: Format
}

export const SUMMARY: Endpoint = { path: '/stats/summary?only_cpu_and_memory=true', format: 'summary' }
/** With filesystems, among others. It fails as a whole where the kubelet cannot read one of them. */
export const WHOLE_SUMMARY: Endpoint = { path: '/stats/summary', format: 'whole-summary' }
export const RESOURCE: Endpoint = { path: '/metrics/resource', format: 'exposition' }

const SUMMARY_AGAIN_MS = 10 * 60_000

/** The kubelet does not serve the Summary: a virtual one, or RBAC without nodes/stats. */
const NOT_SERVED: ReadonlySet<KubeletErrorReason> = new Set(['forbidden', 'not-found'])
/** The response cannot be used, which is enough to stay with an endpoint that is known to work. */
const NO_USE: ReadonlySet<KubeletErrorReason> = new Set([
  ...NOT_SERVED,
  'unauthorized',
  'http-status',
  'too-large',
  'malformed',
])

/**
 * The endpoint in the node's annotation metrics.k8s.io/resource-metrics-path, or what is wrong with the annotation. As in
 * the Go server (pkg/scraper/client/resource/client.go), a missing leading slash is added, and a `?` starts no query.
 */
export function annotatedEndpoint({ resourceMetricsPath: path }: NodeRecord): Endpoint | KubeletFault | undefined {
  if (path === undefined || path === '') return undefined
  if (/\p{Cc}/u.test(path) || !path.isWellFormed() || path.length > 1024) {
    const what = 'its annotation metrics.k8s.io/resource-metrics-path is no path'
    return { reason: 'malformed', what, remedy: 'fix or remove the annotation' }
  }
  const escaped = encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')
  return { path: escaped.startsWith('/') ? escaped : `/${escaped}`, format: 'exposition' }
}

/** How long after one node another one tries whether the right to the Summary has been granted. */
const RIGHT_AGAIN_MS = 5000

/**
 * Shared by all nodes whose kubelets refuse the Summary with 403: one grant of the missing right serves all of them. One
 * node tries every few seconds, since each try costs a SubjectAccessReview, and all others follow when it is granted.
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

  /** How often a node was granted the Summary after a refusal. */
  get grants(): number {
    return this.#grants
  }

  /** Whether it is this node's turn to try again. */
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

  /** A node that was refused is granted the Summary, or gone. */
  ended(isLetIn: boolean): void {
    this.#lacking--
    if (isLetIn) this.#grants++
    this.#reportLater()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** At the start nodes are refused one after the other; their number is reported once. */
  #reportLater(): void {
    this.#timer ??= this.#clock.after(RIGHT_AGAIN_MS, () => {
      this.#timer = undefined
      if (this.#lacking === this.#reported) return
      this.#reported = this.#lacking
      this.#onChange(this.#lacking)
    })
  }
}

/** Which of the two endpoints of a node is scraped with `--kubelet-metrics-source=auto`. */
interface SourceChoice {
  /** The endpoints to scrape; the second only if {@link SourceChoice.mayFallBack} allows it after the first. */
  order(nowMs: number): readonly [Endpoint, Endpoint?]
  mayFallBack(reason: KubeletErrorReason): boolean
  /** The first endpoint failed with `reason`, and the second one responded. */
  fellBack(reason: KubeletErrorReason, nowMs: number): void
  /** The endpoint responded. */
  answered(endpoint: Endpoint): void
  /** The endpoint failed, and no other responded. */
  failed(endpoint: Endpoint, reason: KubeletErrorReason, nowMs: number): void
  /** The node is gone. */
  forget(): void
}

export function createSourceChoice(right: SummaryRight): SourceChoice {
  /** Monotonic milliseconds; `undefined` while the Summary is scraped. */
  let summaryAgainMs: number | undefined
  /** The number of grants when the Summary was refused with 403; `undefined`: it was not. */
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
      // A Summary that hangs when it is tried again must not keep /metrics/resource from being scraped next.
      if (endpoint === SUMMARY && summaryAgainMs !== undefined) {
        leave(false)
        summaryAgainMs = nowMs + SUMMARY_AGAIN_MS
      }
    },
    forget: () => leave(false),
  }
}

/** Whether the server falls back from the Summary when it fails for this reason. */
export const doesWithoutSummary = (reason: KubeletErrorReason): boolean => NOT_SERVED.has(reason)
