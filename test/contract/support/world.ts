import { randomUUID } from 'node:crypto'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import { type Api, createApi } from '../../../src/api/app.ts'
import type { ApiOptions } from '../../../src/api/options.ts'
import { createSystemClock } from '../../../src/model/clock.ts'
import type { NodeRecord, PodRecord } from '../../../src/model/cluster-objects.ts'
import { ANONYMOUS, type RequestCredentials, type User } from '../../../src/model/identity.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import type { LogFields } from '../../../src/model/log.ts'
import type { NodeUsage, PodUsage, Usage } from '../../../src/model/usage.ts'
import { errorText } from '../../../src/telemetry/logging/error-text.ts'
import { quietStatus } from '../../support/quiet-status.ts'
import { watchOf } from '../../support/watch-usage.ts'

const MEASURED_MS = Date.UTC(2026, 0, 1, 12, 0, 0)

const usage = (cpuNanocores: number, memoryBytes: number): Usage => ({
  cpuNanocores,
  memoryBytes,
  swapBytes: undefined,
})

function node(name: string, zone: string): NodeRecord {
  const labels = labelsFrom([
    ['kubernetes.io/hostname', name],
    ['zone', zone],
  ])
  return { name, uid: '', labels, addresses: [], kubeletPort: undefined, resourceMetricsPath: undefined }
}

const pod = (namespace: string, name: string, app: string): PodRecord => ({
  namespace,
  name,
  uid: '',
  labels: labelsFrom([['app', app]]),
})

/** Two measured nodes and one that is not; pods in two namespaces, one of them not measured. */
const NODES = [node('node-1', 'a'), node('node-2', 'b'), node('node-3', 'b')]
const PODS = [
  pod('kube-system', 'dns-0', 'dns'),
  pod('shop', 'db-0', 'db'),
  pod('shop', 'web-0', 'web'),
  pod('shop', 'web-1', 'web'),
]
const UNMEASURED = new Set(['node-3', 'web-1'])

const NODE_USAGE: NodeUsage = { timestampMs: MEASURED_MS, windowMs: 15_022, usage: usage(286_455_582, 2_389_352_864) }
const POD_USAGE: PodUsage = {
  timestampMs: MEASURED_MS,
  windowMs: 15_022,
  containers: [
    { name: 'main', usage: usage(10_000_000, 100_000_000) },
    { name: 'sidecar', usage: usage(1_500_000, 731_283_456) },
  ],
}

const user = (name: string, groups: readonly string[]): User => ({ name, groups, uid: undefined, extra: new Map() })
const ADMIN = user('admin', ['system:masters', 'system:authenticated'])
const VIEWER = user('viewer', ['system:authenticated'])
const FREE_PATHS = new Set(['/healthz', '/livez', '/readyz'])

export const headerValues = ({ rawHeaders }: RequestCredentials, name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)

/** Whoever sends the token of a user is that user; nobody is anonymous, an unknown token is nobody. */
export async function authenticateByToken(credentials: RequestCredentials): Promise<User | undefined> {
  const [authorization] = headerValues(credentials, 'authorization')
  if (authorization === undefined) return ANONYMOUS
  return new Map([
    ['Bearer admin', ADMIN],
    ['Bearer viewer', VIEWER],
  ]).get(authorization)
}

export interface World {
  readonly api: Api
  readonly authority: Authority
  /** What was logged as an error, and faults that were reported: "message: err". */
  readonly errors: string[]
  /** Ages that the freshness observer was told, seconds. */
  readonly ages: number[]
}

/** An API over a small cluster, logged errors collected. Administrators may do everything, others see the bare probes. */
export async function createWorld(changes: Partial<ApiOptions> = {}): Promise<World> {
  const authority = await createAuthority('test')
  const pair = await authority.issue({ commonName: 'metrics', dns: ['localhost'], ips: ['127.0.0.1'], usage: 'server' })
  const errors: string[] = []
  const ages: number[] = []
  const quiet = () => {}
  const log = (message: string, fields: LogFields = {}) =>
    void errors.push(fields.err === undefined ? message : `${message}: ${errorText(fields.err)}`)
  const api = createApi({
    nodes: { get: (name) => NODES.find((n) => n.name === name), all: () => NODES },
    pods: {
      get: (namespace, name) => PODS.find((p) => p.namespace === namespace && p.name === name),
      inNamespace: (namespace) => PODS.filter((p) => p.namespace === namespace),
      namespaces: () => ['kube-system', 'shop'],
    },
    usage: {
      node: (name) => (UNMEASURED.has(name) ? undefined : NODE_USAGE),
      pod: ({ name }) => (UNMEASURED.has(name) ? undefined : POD_USAGE),
      watchPods: watchOf(({ name }) => (UNMEASURED.has(name) ? undefined : POD_USAGE)),
    },
    authenticate: authenticateByToken,
    authorize: async ({ groups }, question) => ({
      allowed: groups.includes('system:masters') || (question.kind === 'path' && FREE_PATHS.has(question.path)),
      reason: '',
    }),
    checks: [{ name: 'metric-storage-ready', endpoints: ['readyz'], check: () => undefined }],
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'metrics_server_up 1\n' },
    status: quietStatus(),
    freshness: (seconds) => void ages.push(seconds),
    log: { error: log, warn: quiet, info: quiet, verbose: quiet },
    faults: { report: (_key, message, fields) => log(message, fields), resolve: quiet, forget: quiet },
    clock: createSystemClock(),
    newId: randomUUID,
    version: {
      major: '1',
      minor: '33',
      gitVersion: 'v0.1.0',
      gitCommit: 'abc',
      gitTreeState: 'clean',
      buildDate: '2026-01-01T00:00:00Z',
      goVersion: 'node',
      compiler: 'v8',
      platform: 'linux/amd64',
    },
    tls: { cert: pair.certPem, key: pair.keyPem, ca: [authority.certPem] },
    bindAddress: '127.0.0.1',
    port: 0,
    ...changes,
  })
  return { api, authority, errors, ages }
}
