import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, notFound, unknownPath } from '../../sim/apiserver/api-error.ts'
import { labelSelector } from '../../sim/apiserver/selectors.ts'
import type { Manifest } from '../support/manifests.ts'
import { FieldOwners, type JsonMap, mergePatch, strategicPatch } from './patches.ts'
import { objectOf } from './request-body.ts'

/** Kinds that manifests and chart hold, as discovery gives them, by group and version. */
const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['v1', ['ConfigMap', 'Pod', 'Secret', 'Service', 'ServiceAccount']],
  ['apps/v1', ['Deployment', 'ReplicaSet']],
  ['policy/v1', ['PodDisruptionBudget']],
  ['rbac.authorization.k8s.io/v1', ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']],
  ['apiregistration.k8s.io/v1', ['APIService']],
])
const CLUSTER_WIDE = new Set(['ClusterRole', 'ClusterRoleBinding', 'APIService'])
const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update']

const pluralOf = (kind: string) => `${kind.toLowerCase()}s`
const resourceOf = (kind: string) => ({
  name: pluralOf(kind),
  singularName: kind.toLowerCase(),
  kind,
  namespaced: !CLUSTER_WIDE.has(kind),
  verbs: VERBS,
})

function groupOf(groupVersion: string) {
  const [name, version] = groupVersion.split('/')
  const preferred = { groupVersion, version }
  return { name, versions: [preferred], preferredVersion: preferred }
}

function discovery(): Map<string, unknown> {
  const documents = new Map<string, unknown>([
    ['/version', { major: '1', minor: '36', gitVersion: 'v1.36.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', groups: [...KINDS.keys()].filter((gv) => gv !== 'v1').map(groupOf) }],
  ])
  for (const [groupVersion, kinds] of KINDS) {
    const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`
    documents.set(path, { kind: 'APIResourceList', groupVersion, resources: kinds.map(resourceOf) })
  }
  return documents
}

/** Where an object is: "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server". */
function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const place = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${metadata.namespace}`
  return `${group}${place}/${pluralOf(kind)}/${metadata.name}`
}

interface Stored {
  readonly object: JsonMap
  readonly owners: FieldOwners
}
const metadataOf = (object: JsonMap | undefined) => (object?.metadata ?? {}) as JsonMap
const specOf = (object: JsonMap | undefined) => (object?.spec ?? {}) as JsonMap

/** The rules of Kubernetes that an installation in place of another one meets. */
function refuse(before: JsonMap | undefined, after: JsonMap): void {
  const name = String(metadataOf(after).name)
  const { insecureSkipTLSVerify, caBundle, selector } = specOf(after)
  if (after.kind === 'APIService' && insecureSkipTLSVerify === true && caBundle)
    throw new ApiError(
      422,
      'Invalid',
      `APIService "${name}" is invalid: spec.insecureSkipTLSVerify: may not be true if caBundle is present`,
    )
  if (after.kind === 'Deployment' && before !== undefined) {
    if (JSON.stringify(selector) !== JSON.stringify(specOf(before).selector))
      throw new ApiError(
        422,
        'Invalid',
        `Deployment.apps "${name}" is invalid: spec.selector: Invalid value: field is immutable`,
      )
  }
  const roleRef = JSON.stringify(after.roleRef)
  if (before !== undefined && roleRef !== JSON.stringify(before.roleRef))
    throw new ApiError(422, 'Invalid', `${after.kind} "${name}" is invalid: roleRef: cannot change roleRef`)
}

/** As much of an apiserver as helm and kubectl need to install into: it keeps objects, and knows who owns which field. */
export interface InstalledCluster {
  /** Flags that point helm's dry runs at it. */
  readonly flags: readonly string[]
  readonly kubeconfig: string
  /** From now on these are all the objects in it. */
  hold(...objects: readonly Manifest[]): void
  put(object: Manifest): void
  /** All objects of these kinds are these, from now on. */
  replaceKinds(kinds: readonly string[], objects: readonly Manifest[]): void
  objects(kind: string): readonly Manifest[]
  /** Runs after every write of a client. */
  onWrite(look: () => void): void
  stop(): Promise<void>
}

export async function startInstalledCluster(): Promise<InstalledCluster> {
  const documents = discovery()
  const stored = new Map<string, Stored>()
  let version = 0
  let look = () => {}

  function write(path: string, after: JsonMap, owners: FieldOwners): JsonMap {
    const before = stored.get(path)?.object
    refuse(before, after)
    version += 1
    const changed = JSON.stringify(specOf(before)) !== JSON.stringify(specOf(after))
    const generation = Number(metadataOf(before).generation ?? 0) + (changed ? 1 : 0)
    const uid = metadataOf(before).uid ?? `00000000-0000-0000-0000-${`${version}`.padStart(12, '0')}`
    const metadata = {
      ...{ creationTimestamp: '2026-01-01T00:00:00Z', ...metadataOf(after) },
      ...{ uid, generation, resourceVersion: `${version}` },
    }
    const object = { ...after, metadata }
    stored.set(path, { object, owners })
    look()
    return object
  }

  function patch(path: string, type: string, body: Buffer, query: URLSearchParams, agent: string): JsonMap {
    const found = stored.get(path)
    const given = objectOf(body)
    const manager = query.get('fieldManager') ?? agent
    if (type.startsWith('application/apply-patch')) {
      const owners = found?.owners ?? new FieldOwners()
      try {
        const after = owners.applied(manager, found?.object ?? {}, given, query.get('force') === 'true')
        return write(path, after as JsonMap, owners)
      } catch (error) {
        if (error instanceof ApiError) throw error
        throw new ApiError(409, 'Conflict', (error as Error).message)
      }
    }
    if (found === undefined) throw notFound(path, '')
    const merge = type.startsWith('application/strategic') ? strategicPatch : mergePatch
    const after = merge(found.object, given) as JsonMap
    found.owners.updated(manager, found.object, after)
    return write(path, after, found.owners)
  }

  function create(path: string, body: Buffer, manager: string): JsonMap {
    const object = objectOf(body)
    const name = `${path}/${String(metadataOf(object).name)}`
    if (stored.has(name)) throw new ApiError(409, 'AlreadyExists', `${name} already exists`)
    const owners = new FieldOwners()
    owners.updated(manager, {}, object)
    return write(name, object, owners)
  }

  function list(path: string, query: URLSearchParams): unknown {
    const [groupVersion] = /(?<=^\/apis?\/)(?:v1|[^/]+\/[^/]+)/.exec(path) ?? []
    const kind = [...(KINDS.get(groupVersion ?? '') ?? [])].find((k) => path.endsWith(`/${pluralOf(k)}`))
    if (kind === undefined) throw notFound(path, '')
    const matches = labelSelector(query.get('labelSelector') ?? '')
    const items = [...stored].filter(([at]) => at.startsWith(`${path}/`)).map(([, { object }]) => object)
    return {
      ...{ apiVersion: groupVersion, kind: `${kind}List`, metadata: { resourceVersion: `${version}` } },
      items: items.filter((object) => matches(object as never)),
    }
  }

  function answer(request: http.IncomingMessage, body: Buffer): unknown {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://apiserver')
    const manager = query.get('fieldManager') ?? request.headers['user-agent']?.split('/')[0] ?? 'unknown'
    switch (request.method) {
      case 'GET':
        return documents.get(path) ?? stored.get(path)?.object ?? list(path, query)
      case 'POST':
        return create(path, body, manager)
      case 'PUT': {
        const owners = stored.get(path)?.owners ?? new FieldOwners()
        const after = objectOf(body)
        owners.updated(manager, stored.get(path)?.object ?? {}, after)
        return write(path, after, owners)
      }
      case 'PATCH':
        return patch(path, request.headers['content-type'] ?? '', body, query, manager)
      case 'DELETE': {
        if (!stored.delete(path)) throw notFound(path, '')
        look()
        return { kind: 'Status', apiVersion: 'v1', status: 'Success' }
      }
      default:
        throw unknownPath()
    }
  }

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const send = (code: number, found: unknown) => {
        response.writeHead(code, { 'content-type': 'application/json' })
        response.end(JSON.stringify(found))
      }
      try {
        send(request.method === 'POST' ? 201 : 200, answer(request, Buffer.concat(chunks)))
      } catch (error) {
        if (error instanceof ApiError) send(error.code, error.status())
        else send(500, new ApiError(500, 'InternalError', String(error)).status())
      }
    })
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
  const put = (object: Manifest) => {
    const owners = stored.get(pathOf(object))?.owners ?? new FieldOwners()
    stored.set(pathOf(object), { object: structuredClone(object) as unknown as JsonMap, owners })
  }
  return {
    // What is rendered is held against schemas elsewhere; there are none here.
    flags: ['--dry-run=server', '--disable-openapi-validation', `--kubeconfig=${kubeconfig}`],
    kubeconfig,
    hold(...objects) {
      stored.clear()
      objects.forEach(put)
    },
    put,
    replaceKinds(kinds, objects) {
      for (const [path, { object }] of stored) if (kinds.includes(String(object.kind))) stored.delete(path)
      objects.forEach(put)
    },
    objects: (kind) =>
      [...stored.values()].map(({ object }) => object as unknown as Manifest).filter((object) => object.kind === kind),
    onWrite(run) {
      look = run
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await rm(folder, { recursive: true })
    },
  }
}
