import { createAuthority } from '../certs/authority.ts'
import { createApi } from '../src/api/app.ts'
import { createSystemClock } from '../src/model/clock.ts'
import { ANONYMOUS } from '../src/model/identity.ts'
import { MetricsRegistry } from '../src/telemetry/metrics/registry.ts'
import { createRequestMetrics } from '../src/telemetry/metrics/request-metrics.ts'
import type { Benchmark } from './benchmark.ts'
import { podRecords, podUsage } from './cluster.ts'

const PODS = 3000
const SILENT = { error() {}, warn() {}, info() {}, verbose() {} }

/** The whole HTTP side over one namespace of pods, everybody allowed: what is timed is the answer, not the reviews. */
async function apiOverPods() {
  const clock = createSystemClock()
  const ca = await createAuthority('benchmark')
  const pair = await ca.issue({ commonName: 'benchmark', dns: ['localhost'], usage: 'server' })
  const records = podRecords(PODS).sort((a, b) => (a.name < b.name ? -1 : 1))
  const usage = new Map(records.map((record, i) => [record, podUsage(i)]))
  return createApi({
    nodes: { get: () => undefined, all: () => [] },
    pods: {
      get: (_, name) => records.find((record) => record.name === name),
      inNamespace: () => records,
      namespaces: () => ['shop'],
    },
    usage: {
      node: () => undefined,
      pod: (record) => usage.get(record),
      watchPods: () => ({ changedFrom: () => 0, read: () => undefined }),
    },
    authenticate: async () => ANONYMOUS,
    authorize: async () => ({ allowed: true, reason: '' }),
    checks: [],
    metrics: { contentType: 'text/plain', text: async () => '' },
    status: {
      ...{ hostName: '', startedAtMs: 0, nodes: () => [], flags: () => [] },
      coverage: () => ({ nodes: { known: 0, served: 0 }, pods: { known: 0, served: 0 } }),
    },
    freshness() {},
    log: SILENT,
    faults: { report() {}, resolve() {}, forget() {} },
    requestMetrics: createRequestMetrics(new MetricsRegistry(), clock),
    clock,
    newId: () => '00000000-0000-4000-8000-000000000000',
    version: {
      ...{ major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' },
      ...{ goVersion: process.version, compiler: 'v8', platform: `${process.platform}/${process.arch}` },
    },
    tls: { cert: pair.certPem, key: pair.keyPem, ca: [] },
    bindAddress: '127.0.0.1',
    port: 0,
  })
}

/** What an HPA asks every 15 s, as its controller asks it. */
const QUERY = {
  method: 'GET',
  url: '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dapp-7',
  headers: { accept: 'application/vnd.kubernetes.protobuf, */*' },
} as const

export const hpaBenchmarks: readonly Benchmark[] = [
  {
    name: 'answer an HPA',
    async prepare() {
      const api = await apiOverPods()
      const answer = await api.server.inject(QUERY)
      if (answer.statusCode !== 200) throw new Error(`the query was answered with ${answer.statusCode}: ${answer.body}`)
      return {
        size: `10 of ${PODS} pods × 2, without network`,
        run: () => api.server.inject(QUERY),
        close: () => api.close(),
      }
    },
  },
]
