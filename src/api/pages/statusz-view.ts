import type { Coverage } from '../../model/coverage.ts'
import type { NodeStatus } from '../status-source.ts'
import type { PageParts } from './answer-page.ts'

/** How it stands with a node. Only `ok` needs nobody's eye. */
export type NodeState = 'ok' | 'failing' | 'no sample' | 'not asked'

export interface NodeRow extends Omit<NodeStatus, 'sampledAtMs'> {
  readonly state: NodeState
  /** Of what is served of the node, milliseconds; negative when the node's clock is ahead of ours. */
  readonly sampleAgeMs: number | undefined
}

/** What /statusz shows, before it is text or HTML. */
export interface StatuszView {
  readonly nowMs: number
  readonly hostName: string
  readonly startedAtMs: number
  readonly upSeconds: number
  /** "0.1.0". */
  readonly version: string
  readonly nodeVersion: string
  readonly platform: string
  /** First segments of the paths that are for looking, sorted. */
  readonly paths: readonly string[]
  /** Why the server is not ready; empty when it is. */
  readonly notReady: readonly { readonly name: string; readonly reason: string }[]
  readonly coverage: Coverage
  /** Those with trouble first, those that fail the longest before others; then by name. */
  readonly nodes: readonly NodeRow[]
}

/** As apiserver leaves them out (pkg/server/statusz/statusz.go, nonDebuggingEndpoints). */
const NOT_FOR_LOOKING = new Set(['/apis', '/api', '/openid', '/openapi', '/.well-known'])

function firstSegments(paths: readonly string[]): string[] {
  const folders = paths.map((path) => `/${path.split('/')[1] ?? ''}`)
  return [...new Set(folders)].filter((folder) => folder !== '/' && !NOT_FOR_LOOKING.has(folder)).sort()
}

function stateOf({ askedAgoMs, sampledAtMs, failure }: NodeStatus): NodeState {
  if (failure !== undefined) return 'failing'
  if (askedAgoMs === undefined) return 'not asked'
  return sampledAtMs === undefined ? 'no sample' : 'ok'
}

const RANK: readonly NodeState[] = ['failing', 'no sample', 'not asked', 'ok']

function byTrouble(names: Intl.Collator) {
  return (a: NodeRow, b: NodeRow): number =>
    RANK.indexOf(a.state) - RANK.indexOf(b.state) ||
    (b.failure?.forMs ?? 0) - (a.failure?.forMs ?? 0) ||
    names.compare(a.name, b.name)
}

export function statuszView({ status, version, clock, notReady, paths }: PageParts): StatuszView {
  const nowMs = clock.wallMs()
  const rows = status.nodes().map((node): NodeRow => {
    const sampleAgeMs = node.sampledAtMs === undefined ? undefined : nowMs - node.sampledAtMs
    return { ...node, state: stateOf(node), sampleAgeMs }
  })
  return {
    nowMs,
    hostName: status.hostName,
    startedAtMs: status.startedAtMs,
    upSeconds: Math.max(0, Math.floor((nowMs - status.startedAtMs) / 1000)),
    version: version.gitVersion.replace(/^v/, ''),
    nodeVersion: version.goVersion.replace(/^node /, ''),
    platform: version.platform,
    paths: firstSegments(paths),
    notReady: notReady(),
    coverage: status.coverage(),
    // node-2 before node-10.
    nodes: rows.sort(byTrouble(new Intl.Collator('en', { numeric: true }))),
  }
}
