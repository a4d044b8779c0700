import { type Counter, createCounters, createHistograms, type Family, type Histogram } from './families.ts'
import { exponentialBuckets } from './histogram.ts'

const METHODS = ['front-proxy', 'certificate', 'token', 'anonymous'] as const
const DECISIONS = ['allowed', 'denied', 'no-opinion', 'error'] as const
/** Names that stand for themselves (kubernetes/apiserver, pkg/endpoints/filters/metrics.go). */
const KNOWN_USERS = ['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default'] as const

type Method = (typeof METHODS)[number]
type Decision = (typeof DECISIONS)[number]

/** What is counted of who asked, and of whether they may. */
export interface AccessAccounts {
  /** Once per request. @param username `undefined` when nobody was authenticated. */
  attempt(method: Method, username: string | undefined, seconds: number): void
  decided(decision: Decision, seconds: number): void
  readonly families: readonly Family[]
}

const BOUNDS = exponentialBuckets(0.001, 2, 15)

function createFamilies() {
  const alpha = (name: string, help: string, ...labelNames: string[]) => ({ name, help: `[ALPHA] ${help}`, labelNames })
  return {
    users: createCounters(
      alpha('authenticated_user_requests', 'Counter of authenticated requests broken out by username.', 'username'),
    ),
    attempts: createCounters(alpha('authentication_attempts', 'Counter of authenticated attempts.', 'result')),
    latency: createHistograms(
      alpha('authentication_duration_seconds', 'Authentication duration in seconds broken out by result.', 'result'),
      BOUNDS,
    ),
    methods: createCounters({
      name: 'metrics_server_authentication_attempts_total',
      help: 'Number of requests by the method that decided who is asking, or was the last to refuse.',
      labelNames: ['method', 'result'],
    }),
    decisions: createCounters(
      alpha(
        'authorization_attempts_total',
        "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
        'result',
      ),
    ),
    decisionLatency: createHistograms(
      alpha('authorization_duration_seconds', 'Authorization duration in seconds broken out by result.', 'result'),
      BOUNDS,
    ),
  }
}

interface Timed {
  readonly counter: Counter
  readonly latency: Histogram
}

function take({ counter, latency }: Timed, seconds: number): void {
  counter.value++
  latency.observe(seconds)
}

/**
 * Names, labels and buckets of kubernetes/apiserver, pkg/endpoints/filters/metrics.go. Whoever shows what proves nobody
 * is an `error` there, as its authenticators have it; `failure` is for those who show nothing where anonymous users are
 * not let in, which does not come about here.
 */
export function createAccessAccounts(): AccessAccounts {
  const { users, attempts, latency, methods, decisions, decisionLatency } = createFamilies()
  const timed = (result: string): Timed => ({ counter: attempts.series(result), latency: latency.series(result) })
  const success = timed('success')
  const error = timed('error')
  const known = new Map<string, Counter>(KNOWN_USERS.map((name) => [name, users.series(name)]))
  const emails = users.series('email_id')
  const others = users.series('other')
  const byMethod = new Map(
    METHODS.map((method) => [
      method,
      { success: methods.series(method, 'success'), failure: methods.series(method, 'failure') },
    ]),
  )
  const byDecision = new Map(
    DECISIONS.map((one) => [one, { counter: decisions.series(one), latency: decisionLatency.series(one) }]),
  )
  const userCounter = (name: string): Counter => known.get(name) ?? (name.includes('@') ? emails : others)

  return {
    attempt(method, username, seconds) {
      const counters = byMethod.get(method)
      take(username === undefined ? error : success, seconds)
      if (username !== undefined) userCounter(username).value++
      if (counters !== undefined) (username === undefined ? counters.failure : counters.success).value++
    },
    decided(decision, seconds) {
      const series = byDecision.get(decision)
      if (series !== undefined) take(series, seconds)
    },
    families: [users, attempts, latency, methods, decisions, decisionLatency],
  }
}
