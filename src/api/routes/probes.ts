import type { FastifyInstance } from 'fastify'
import { goQuote } from '../../kubernetes/go-quote.ts'
import type { Logger } from '../../model/log.ts'
import { type Answer, bareTextAnswer, textAnswer } from '../answer.ts'
import { contextOf } from '../hooks/request-context.ts'
import type { HealthCheck, ProbeEndpoint } from '../options.ts'
import type { Query } from '../request/request-target.ts'
import { anyMethod } from './methods.ts'

const PROBE_ENDPOINTS: readonly ProbeEndpoint[] = ['healthz', 'livez', 'readyz']

export interface Probes {
  /** Every path that answers, sorted. */
  readonly paths: readonly string[]
  /**
   * Makes the checks of an endpoint.
   * @param query `verbose` lists each check's outcome, `exclude` (repeated) leaves checks out.
   */
  all(endpoint: ProbeEndpoint, query: Query): Answer
  /** Makes one check; `undefined` when the endpoint has none of that name. */
  one(endpoint: ProbeEndpoint, name: string): Answer | undefined
  /** The checks of an endpoint that fail, with their reasons: for those who may see them. */
  failures(endpoint: ProbeEndpoint): Outcome['failures']
}

interface Outcome {
  readonly lines: readonly string[]
  readonly failures: readonly { readonly name: string; readonly reason: string }[]
}

function makeChecks(checks: readonly HealthCheck[], excluded: Set<string>): Outcome {
  const lines: string[] = []
  const failures: { name: string; reason: string }[] = []
  for (const { name, isOurs, check } of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`)
      continue
    }
    const reason = check()
    if (isOurs && reason === undefined) continue
    // The reason is shown only at the check's own path: this one is open to everybody.
    lines.push(reason === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`)
    if (reason !== undefined) failures.push({ name, reason })
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map(goQuote).join(',')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`)
  }
  return { lines, failures }
}

function oneCheck(check: HealthCheck): Answer {
  const reason = check.check()
  return reason === undefined ? bareTextAnswer('ok') : textAnswer(500, `internal server error: ${reason}\n`)
}

/** The probes (apiserver, pkg/server/healthz/healthz.go). */
export function createProbes(checks: readonly HealthCheck[], log: Logger): Probes {
  const byEndpoint = new Map(PROBE_ENDPOINTS.map((e) => [e, checks.filter((c) => c.endpoints.includes(e))]))
  const paths = [...byEndpoint].flatMap(([e, own]) => [`/${e}`, ...own.map((c) => `/${e}/${c.name}`)]).sort()

  const checksOf = (endpoint: ProbeEndpoint) => byEndpoint.get(endpoint) ?? []

  function all(endpoint: ProbeEndpoint, query: Query): Answer {
    const { lines, failures } = makeChecks(checksOf(endpoint), new Set(query.get('exclude')))
    if (failures.length > 0) {
      log.verbose(2, 'Probe failed', { probe: endpoint, failures })
      return textAnswer(500, [...lines, `${endpoint} check failed`, ''].join('\n'))
    }
    if (!query.has('verbose')) return textAnswer(200, 'ok')
    return textAnswer(200, [...lines, `${endpoint} check passed`, ''].join('\n'))
  }

  return {
    paths,
    all,
    one(endpoint, name) {
      const check = checksOf(endpoint).find((c) => c.name === name)
      return check && oneCheck(check)
    },
    failures: (endpoint) => makeChecks(checksOf(endpoint), new Set()).failures,
  }
}

const EVERYWHERE = ['healthz', 'livez', 'readyz'] as const

/**
 * What is so once the server listens. The Go server's library lists it too, and upstream's e2e suite compares the lines: the
 * log is written without a buffer, requests in flight are bounded, and no objects are stored that would have to be counted.
 */
const LISTENING = [
  'ping',
  'log',
  'poststarthook/max-in-flight-filter',
  'poststarthook/storage-object-count-tracker-hook',
] as const

/** Adds what the HTTP side knows by itself: that it listens, and whether it is about to stop. */
export const withOwnChecks = (checks: readonly HealthCheck[], isShuttingDown: () => boolean): HealthCheck[] => [
  ...LISTENING.map((name) => ({ name, endpoints: EVERYWHERE, check: () => undefined })),
  ...checks,
  {
    name: 'shutdown',
    endpoints: ['readyz'],
    check: () => (isShuttingDown() ? 'process is shutting down' : undefined),
  },
]

/** /healthz, /livez and /readyz, and each of their checks by itself. */
export function probeRoutes(app: FastifyInstance, probes: Probes): void {
  for (const name of PROBE_ENDPOINTS) {
    const url = `/${name}`
    anyMethod(app, url, (request, reply) => reply.answer(probes.all(name, contextOf(request).target.query)))
    anyMethod(
      app,
      `${url}/*`,
      (request, reply) => {
        const answer = probes.one(name, contextOf(request).target.path.slice(url.length + 1))
        if (answer === undefined) reply.callNotFound()
        else reply.answer(answer)
      },
      url,
    )
  }
}
