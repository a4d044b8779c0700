import type { V1DeploymentSpec } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { serviceAccount, user } from '../../sim/access/authenticate.ts'
import { installedRoles } from '../../sim/access/installed.ts'
import { type RbacObject, VIEWERS } from '../../sim/access/roles.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { lasts } from '../../sim/world/truth.ts'
import { type InProcessServer, startInProcess } from '../support/in-process-server.ts'
import { find, loadBase } from '../support/manifests.ts'
import { rightsOf, without } from '../support/rights.ts'
import { until, untilReady } from '../system/server-process.ts'

const API = '/apis/metrics.k8s.io/v1beta1'
const NO_SUMMARY = 'node-02'

const deployment = find(loadBase(), 'Deployment', 'metrics-server').spec as V1DeploymentSpec
const args = deployment.template.spec?.containers[0]?.args ?? []
const roles = installedRoles()

let cluster: Cluster
let viewer: string
/** Of nobody who may do anything. */
let stranger: string

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 2 })
  await cluster.kubelets.get(NO_SUMMARY)?.setFault({ kind: 'status', status: 404, only: 'summary' })
  viewer = cluster.access.newToken(user('viewer', [VIEWERS]))
  stranger = cluster.access.newToken(serviceAccount('default', 'stranger'))
})
afterAll(() => cluster.stop())

/** Runs a server under these roles, from its start to the end of `look`. */
async function under(objects: readonly RbacObject[], look: (server: InProcessServer) => Promise<void>): Promise<void> {
  cluster.access.install(objects)
  for (const kubelet of cluster.kubelets.values()) kubelet.asked.clear()
  const server = await startInProcess(cluster, args)
  try {
    await look(server)
  } finally {
    await server.stop()
  }
}

// A server waits up to two resolutions, 20 s, for pods that have no rate yet.
vi.setConfig({ testTimeout: 60_000 })
const ready = (server: InProcessServer) => untilReady(server, 45_000)
const says = (server: InProcessServer, text: string) =>
  until(
    async () => server.log(),
    (log) => log.includes(text),
  )
const statusOf = async (server: InProcessServer, path: string, token: string) => (await server.get(path, token)).status
/** The path of the metrics of a pod of that node which stays. */
function podOf(node: string): string {
  const pod = [...cluster.world.podsOn(node)].find(lasts)
  if (pod === undefined) throw new Error(`no pod of ${node} lasts`)
  return `${API}/namespaces/${pod.namespace}/pods/${pod.name}`
}
const asked = (node: string) => [...(cluster.kubelets.get(node)?.asked.keys() ?? [])].map((path) => path.split('?')[0])

/** A list that is refused: the server says which, and does not get ready by what depends on it. */
const missesList = (what: string, check: string) => async (server: InProcessServer) => {
  await says(server, `cannot list resource \\"${what}\\"`)
  const { body } = await server.get('/readyz?verbose', viewer)
  expect(body).toContain(`[-]${check} failed`)
}
const missesWatch = (what: string) => (server: InProcessServer) =>
  says(server, `cannot watch resource \\"${what}\\"`).then(() => {})

/** What each right is for, by what breaks without it. */
const LOSSES: ReadonlyMap<string, (server: InProcessServer) => Promise<void>> = new Map([
  [
    'system:metrics-server: get nodes/stats',
    async () => {
      await until(
        async () => asked('node-01'),
        (paths) => paths.includes('/metrics/resource'),
      )
    },
  ],
  [
    'system:metrics-server: get nodes/metrics',
    async (server) => {
      await ready(server)
      await says(server, '"Failed to scrape node" err=')
      expect(asked(NO_SUMMARY)).toContain('/metrics/resource')
      await until(
        () => statusOf(server, podOf('node-01'), viewer),
        (status) => status === 200,
      )
      expect(await statusOf(server, podOf(NO_SUMMARY), viewer)).toBe(404)
    },
  ],
  ['system:metrics-server: list nodes', missesList('nodes', 'metric-informer-sync')],
  ['system:metrics-server: watch nodes', missesWatch('nodes')],
  ['system:metrics-server: list pods', missesList('pods', 'metadata-informer-sync')],
  ['system:metrics-server: watch pods', missesWatch('pods')],
])

describe('a server with the rights of its manifest', () => {
  it('reads every kubelet, follows the cluster, knows who asks and whether they may, and is refused nothing', () =>
    under(roles, async (server) => {
      await ready(server)
      await until(
        () => statusOf(server, podOf(NO_SUMMARY), viewer),
        (status) => status === 200,
      )
      expect(await statusOf(server, `${API}/nodes`, stranger)).toBe(403)
      expect(asked('node-01')).not.toContain('/metrics/resource')
      await until(
        async () => cluster.apiserver.openWatches,
        (open) => open === 3,
      )
      expect(server.log()).not.toMatch(/Failed|forbidden|Unauthorized|cannot/i)
    }))
})

describe('the rights of ClusterRole system:metrics-server', () => {
  const role = roles.find((r) => r.kind === 'ClusterRole' && r.metadata.name === 'system:metrics-server')

  it('are those of which it is known what they are for', () => {
    expect(rightsOf(role).sort()).toEqual([...LOSSES.keys()].sort())
  })

  it.each([...LOSSES])('breaks without %s', (right, look) => under(without(roles, right), look))
})

describe('the bindings to roles that every cluster has', () => {
  const withoutBinding = (name: string) => roles.filter((r) => r.roleRef === undefined || r.metadata.name !== name)

  it('without metrics-server:system:auth-delegator nobody who shows a token can be told from nobody', () =>
    under(withoutBinding('metrics-server:system:auth-delegator'), async (server) => {
      await ready(server)
      expect(await statusOf(server, `${API}/nodes`, viewer)).toBe(401)
    }))

  it('with one half of it, who asks is known, and whether they may is not', () =>
    under(without(roles, 'system:auth-delegator: create subjectaccessreviews'), async (server) => {
      await ready(server)
      expect(await statusOf(server, `${API}/nodes`, viewer)).toBe(500)
      expect(server.log()).toContain('cannot create resource \\"subjectaccessreviews\\"')
    }))

  it('without metrics-server-auth-reader the front proxy is not known', () =>
    under(withoutBinding('metrics-server-auth-reader'), missesList('configmaps', 'authentication-config-sync')))
})

describe('the rights of whoever may view a namespace', () => {
  const paths = new Map([
    ['get pods', `${API}/namespaces/kube-system/pods/absent`],
    ['list pods', `${API}/pods`],
    ['watch pods', `${API}/pods?watch=true`],
    ['get nodes', `${API}/nodes/node-01`],
    ['list nodes', `${API}/nodes`],
    ['watch nodes', `${API}/nodes?watch=true`],
  ])
  const reader = roles.find((r) => r.metadata.name === 'system:aggregated-metrics-reader')
  const forbidden = async (server: InProcessServer) => {
    const statuses = await Promise.all([...paths.values()].map((path) => statusOf(server, path, viewer)))
    return [...paths.keys()].filter((_, i) => statuses[i] === 403)
  }

  it('are those that clients of metrics make use of', () => {
    expect(
      rightsOf(reader)
        .map((right) => right.split(': ')[1])
        .sort(),
    ).toEqual([...paths.keys()].sort())
  })

  it('are enough for all of them, and each is needed for one', () =>
    under(roles, async (server) => {
      await ready(server)
      expect(await forbidden(server)).toEqual([])
    }))

  it.each([...paths.keys()])('%s is needed for just that', (right) =>
    under(without(roles, `system:aggregated-metrics-reader: ${right}`), async (server) => {
      expect(await forbidden(server)).toEqual([right])
    }))
})
