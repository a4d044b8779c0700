import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '../support/manifests.ts'

/** Kinds that the chart renders, as discovery tells them, by group and version. */
const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['v1', ['ConfigMap', 'Secret', 'Service', 'ServiceAccount']],
  ['apps/v1', ['Deployment']],
  ['rbac.authorization.k8s.io/v1', ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']],
  ['apiregistration.k8s.io/v1', ['APIService']],
])
const CLUSTER_WIDE = new Set(['ClusterRole', 'ClusterRoleBinding', 'APIService'])

const resourceOf = (kind: string) => ({
  name: `${kind.toLowerCase()}s`,
  singularName: kind.toLowerCase(),
  kind,
  namespaced: !CLUSTER_WIDE.has(kind),
  verbs: ['get', 'list', 'create', 'patch'],
})

function groupOf(groupVersion: string) {
  const [name, version] = groupVersion.split('/')
  const preferred = { groupVersion, version }
  return { name, versions: [preferred], preferredVersion: preferred }
}

/** Just enough of an apiserver for `helm template --dry-run=server`, whose templates look Secrets up in it. */
export interface InstalledCluster {
  /** Flags that point helm at it. */
  readonly flags: readonly string[]
  /** From now on this is the one object in it. */
  hold(secret: Manifest): void
  stop(): Promise<void>
}

export async function startInstalledCluster(): Promise<InstalledCluster> {
  const documents = new Map<string, unknown>([
    ['/version', { major: '1', minor: '36', gitVersion: 'v1.36.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', groups: [...KINDS.keys()].filter((gv) => gv !== 'v1').map(groupOf) }],
  ])
  for (const [groupVersion, kinds] of KINDS) {
    const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`
    documents.set(path, { kind: 'APIResourceList', groupVersion, resources: kinds.map(resourceOf) })
  }
  const held = new Map<string, unknown>()
  const server = http.createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://apiserver').pathname
    const found = documents.get(path) ?? held.get(path)
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'installed-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server: url } }],
      users: [{ name: 'it', user: {} }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      'current-context': 'it',
    }),
  )
  return {
    // What is rendered is held against schemas elsewhere; there are none here.
    flags: ['--dry-run=server', '--disable-openapi-validation', `--kubeconfig=${kubeconfig}`],
    hold(secret) {
      held.clear()
      held.set(`/api/v1/namespaces/${secret.metadata.namespace}/secrets/${secret.metadata.name}`, secret)
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await rm(folder, { recursive: true })
    },
  }
}
