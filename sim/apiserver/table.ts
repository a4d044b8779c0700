import type { StoredObject } from './registry.ts'
import type { Resource } from './resources.ts'

type Cells = (object: StoredObject, nowMs: number) => readonly (string | number)[]

interface Layout {
  /** A column that begins with `+` is shown only by `-o wide`. */
  readonly columns: readonly string[]
  readonly cells: Cells
}

interface PodStatus {
  readonly phase: string
  readonly containerStatuses: readonly Status[]
  readonly initContainerStatuses?: readonly Status[]
}

interface Status {
  readonly ready: boolean
  readonly restartCount: number
  readonly state: { readonly waiting?: { reason: string }; readonly terminated?: { reason: string } }
}

/** Age in the two largest units that kubectl shows (k8s.io/apimachinery, pkg/util/duration HumanDuration), simplified. */
function humanAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`
}

const age = (object: StoredObject, nowMs: number): string =>
  humanAge(nowMs - Date.parse(object.metadata.creationTimestamp))

const LAYOUTS = new Map<string, Layout>([
  [
    'nodes',
    {
      columns: ['Name', 'Status', 'Roles', 'Age', 'Version', '+Internal-IP', '+OS-Image'],
      cells(object, nowMs) {
        const { nodeInfo } = object.status as { nodeInfo: { kubeletVersion: string; osImage: string } }
        const prefix = 'node-role.kubernetes.io/'
        const roles = Object.keys(object.metadata.labels ?? {}).filter((label) => label.startsWith(prefix))
        const shown = roles.map((role) => role.slice(prefix.length)).join(',') || '<none>'
        const { name } = object.metadata
        return [name, 'Ready', shown, age(object, nowMs), nodeInfo.kubeletVersion, '127.0.0.1', nodeInfo.osImage]
      },
    },
  ],
  [
    'pods',
    {
      columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', '+Node'],
      cells(object, nowMs) {
        const status = object.status as PodStatus
        const sidecars = status.initContainerStatuses ?? []
        const all = [...sidecars, ...status.containerStatuses]
        const ready = `${all.filter((c) => c.ready).length}/${all.length}`
        const waiting = all.find((c) => c.state.waiting)?.state.waiting?.reason
        const ended = status.phase === 'Succeeded' ? 'Completed' : status.phase
        const restarts = all.reduce((sum, c) => sum + c.restartCount, 0)
        const { nodeName } = object.spec as { nodeName: string }
        return [object.metadata.name, ready, waiting ?? ended, restarts, age(object, nowMs), nodeName]
      },
    },
  ],
  [
    'namespaces',
    {
      columns: ['Name', 'Status', 'Age'],
      cells: (object, nowMs) => [object.metadata.name, 'Active', age(object, nowMs)],
    },
  ],
  [
    'apiservices',
    {
      columns: ['Name', 'Service', 'Available', 'Age'],
      cells(object, nowMs) {
        const { conditions } = object.status as { conditions: { status: string; reason: string }[] }
        const [{ status, reason } = { status: 'Unknown', reason: '' }] = conditions
        const available = status === 'True' ? 'True' : `${status} (${reason})`
        return [object.metadata.name, 'kube-system/metrics-server', available, age(object, nowMs)]
      },
    },
  ],
])

const PLAIN: Layout = { columns: ['Name', 'Age'], cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)] }

/** A `Table` of meta.k8s.io/v1 with the columns that kubectl get shows; rows carry the objects' metadata. */
export function toTable(
  resource: Resource,
  objects: readonly StoredObject[],
  metadata: Readonly<Record<string, unknown>>,
  nowMs: number,
) {
  const layout = LAYOUTS.get(resource.name) ?? PLAIN
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: layout.columns.map((column) => ({
      name: column.replace('+', ''),
      type: column === 'Restarts' ? 'integer' : 'string',
      format: column === 'Name' ? 'name' : '',
      description: '',
      priority: column.startsWith('+') ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: layout.cells(object, nowMs),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  }
}
