import type { AuthenticationMethod, AuthenticationObserver } from '../../auth/authenticator.ts'
import type { AuthorizationObserver } from '../../auth/authorizer.ts'
import { type Counter, exponentialBuckets, type Histogram, type MetricsRegistry } from './registry.ts'

const METHODS: readonly AuthenticationMethod[] = ['front-proxy', 'certificate', 'token', 'anonymous']
const DECISIONS: readonly Parameters<AuthorizationObserver['decided']>[0][] = [
  ...(['allowed', 'denied', 'no-opinion', 'error'] as const),
]
/** Names that stand for themselves (kubernetes/apiserver, pkg/endpoints/filters/metrics.go). */
const KNOWN_USERS = ['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default'] as const

/** What is counted of who asks, and of whether they may. */
export type AccessMetrics = AuthenticationObserver & AuthorizationObserver

const BOUNDS = exponentialBuckets(0.001, 2, 15)

interface Timed {
  readonly counter: Counter
  readonly latency: Histogram
}

function count({ counter, latency }: Timed, seconds: number): void {
  counter.value++
  latency.observe(seconds)
}

/**
 * Names, labels and buckets of kubernetes/apiserver, pkg/endpoints/filters/metrics.go. Whoever shows what proves nobody
 * is an `error` there, as its authenticators have it; `failure` is for those who show nothing where anonymous users are
 * not let in, which does not come about here.
 */
export function createAccessMetrics(registry: MetricsRegistry): AccessMetrics {
  const alpha = (name: string, help: string, label: string) => ({ name, help: `[ALPHA] ${help}`, labels: [label] })
  const users = registry.counters(
    alpha('authenticated_user_requests', 'Counter of authenticated requests broken out by username.', 'username'),
  )
  const attempts = registry.counters(alpha('authentication_attempts', 'Counter of authenticated attempts.', 'result'))
  const latency = registry.histograms(
    alpha('authentication_duration_seconds', 'Authentication duration in seconds broken out by result.', 'result'),
    BOUNDS,
  )
  const methods = registry.counters({
    name: 'authentication_attempts_by_method_total',
    help: 'Number of requests by the method that authenticated them, or was the last to refuse them.',
    labels: ['method', 'result'],
  })
  const decisions = registry.counters(
    alpha(
      'authorization_attempts_total',
      "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
      'result',
    ),
  )
  const decisionLatency = registry.histograms(
    alpha('authorization_duration_seconds', 'Authorization duration in seconds broken out by result.', 'result'),
    BOUNDS,
  )

  const timed = (result: string): Timed => ({ counter: attempts(result), latency: latency(result) })
  const success = timed('success')
  const error = timed('error')
  const known = new Map<string, Counter>(KNOWN_USERS.map((name) => [name, users(name)]))
  const emails = users('email_id')
  const others = users('other')
  const byMethod = new Map(
    METHODS.map((method) => [method, { success: methods(method, 'success'), failure: methods(method, 'failure') }]),
  )
  const byDecision = new Map(DECISIONS.map((one) => [one, { counter: decisions(one), latency: decisionLatency(one) }]))
  const userCounter = (name: string): Counter => known.get(name) ?? (name.includes('@') ? emails : others)

  return {
    attempt(method, username, seconds) {
      const counters = byMethod.get(method)
      count(username === undefined ? error : success, seconds)
      if (username !== undefined) userCounter(username).value++
      if (counters !== undefined) (username === undefined ? counters.failure : counters.success).value++
    },
    decided(decision, seconds) {
      const series = byDecision.get(decision)
      if (series !== undefined) count(series, seconds)
    },
  }
}
