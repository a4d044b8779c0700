import type { NodeRecord } from '../model/cluster-objects.ts'
import type { Format } from './decoders.ts'
import type { KubeletErrorReason, KubeletFault } from './kubelet-error.ts'

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

/** Which of the two endpoints of a node is asked, with `--kubelet-metrics-source=auto`. */
export interface SourceChoice {
  /** The endpoints to ask, the second when {@link SourceChoice.mayFallBack} says so of the first. */
  order(nowMs: number): readonly [Endpoint, Endpoint?]
  mayFallBack(reason: KubeletErrorReason): boolean
  /** The second endpoint answered in place of the first. */
  fellBack(nowMs: number): void
  /** The endpoint gave an answer. */
  answered(endpoint: Endpoint): void
  /** The endpoint failed, and nothing answered in its place. */
  failed(endpoint: Endpoint, reason: KubeletErrorReason, nowMs: number): void
}

export function createSourceChoice(): SourceChoice {
  /** Monotonic milliseconds; `undefined` while the Summary is what is asked. */
  let summaryAgainMs: number | undefined
  return {
    order: (nowMs) => (summaryAgainMs !== undefined && nowMs < summaryAgainMs ? [RESOURCE] : [SUMMARY, RESOURCE]),
    mayFallBack: (reason) => (summaryAgainMs === undefined ? NOT_SERVED : NO_USE).has(reason),
    fellBack(nowMs) {
      summaryAgainMs = nowMs + SUMMARY_AGAIN_MS
    },
    answered(endpoint) {
      if (endpoint === SUMMARY) summaryAgainMs = undefined
    },
    failed(endpoint, reason, nowMs) {
      if (endpoint === RESOURCE && NOT_SERVED.has(reason)) summaryAgainMs = undefined
      // A Summary that hangs when it is tried again must not keep /metrics/resource from being asked next.
      if (endpoint === SUMMARY && summaryAgainMs !== undefined) summaryAgainMs = nowMs + SUMMARY_AGAIN_MS
    },
  }
}
