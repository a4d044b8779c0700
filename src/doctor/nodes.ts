import type { NodeRecord } from '../model/cluster-objects.ts'
import type { AddressTried, EndpointTried, KubeletChecks, Reading, ServedSample } from '../model/diagnosis.ts'
import {
  about,
  bounded,
  causedBy,
  type CheckResult,
  clockCheck,
  day,
  type Section,
  signedSeconds,
  unread,
} from './check.ts'
import type { Examination } from './facts.ts'

/** Nodes that are checked at once: as many handshakes do not starve each other. */
const AT_ONCE = 32
const SOON_MS = 7 * 86_400_000
/** Node values can be 15 s old when the kubelet gives them. */
const KUBELET_AGE_MS = 15_000

/** Whether the nodes are known, and how many. */
export function nodesCheck(reading: Reading<NodeRecord[]>, nodeSelector: string): CheckResult {
  const check = about('nodes')
  const selected = nodeSelector === '' ? '' : ` that --node-selector ${nodeSelector} selects`
  if (!('found' in reading)) {
    if (reading.trouble === 'forbidden') return check.skipped('no right to list nodes', 'see right: list nodes')
    return unread(check, reading, { right: 'list nodes', absent: ['there is no such API', 'is it a kube-apiserver?'] })
  }
  if (reading.found.length > 0) return check.ok(`${reading.found.length}${selected}`)
  const remedy =
    nodeSelector === '' ? 'no kubelet has registered' : 'does the label selector fit the labels of the nodes?'
  return check.failed(`there are no nodes${selected}`, remedy)
}

/** Whether it can be read what is served. `undefined`: it was not read, because of `noMetrics`. */
export function samplesCheck(
  reading: Reading<ReadonlyMap<string, ServedSample>> | undefined,
  noMetrics: CheckResult | undefined,
): CheckResult {
  const check = about('samples')
  if (reading === undefined) {
    const skipped = check.skipped('the metrics API does not answer', 'see metrics-api')
    return noMetrics === undefined ? skipped : causedBy(skipped, [noMetrics])
  }
  if ('found' in reading) return check.ok(`usage of ${reading.found.size} nodes is served`)
  return unread(check, reading, {
    right: 'list nodes.metrics.k8s.io',
    absent: ['metrics of nodes are not served', 'which server has this API? See apiservice'],
  })
}

/** What is known of one node. */
interface NodeView {
  readonly node: NodeRecord
  readonly kubelet: KubeletChecks
  /** `undefined` when it is not known what is served. */
  readonly served: ReadonlyMap<string, ServedSample> | undefined
  readonly resolutionMs: number
  readonly nowMs: number
}

/** "10.0.0.1:10250 (InternalIP)" */
const typed = ({ address, type }: AddressTried): string => `${address} (${type})`

const failed = (tried: AddressTried): string => `${typed(tried)}: ${tried.fault?.what}`

function addressCheck({ node, kubelet }: NodeView): CheckResult {
  const check = about('node-address', node.name)
  const { fault, addresses } = kubelet
  if (fault !== undefined) return check.failed(fault.what, fault.remedy, fault.reason)
  const last = addresses.at(-1)
  const chosen = last === undefined ? 'none' : typed(last)
  const before = addresses.slice(0, -1).map(failed)
  // As long as none of them answers, that is what node-tcp says.
  if (before.length === 0 || last?.stage === 'tcp') return check.ok(chosen)
  const remedy = 'name the type that works first in --kubelet-preferred-address-types'
  return check.note(`${chosen}, after ${before.join('; ')}`, remedy, 'later-address')
}

function tcpCheck({ node, kubelet }: NodeView): CheckResult {
  const check = about('node-tcp', node.name)
  const { unreachable } = kubelet
  if (unreachable !== undefined) return check.failed(unreachable.what, unreachable.remedy, unreachable.reason)
  return check.ok('connected')
}

function tlsCheck({ node, kubelet, nowMs }: NodeView): CheckResult {
  const check = about('node-tls', node.name)
  const last = kubelet.addresses.at(-1)
  if (last?.fault !== undefined) {
    return check.failed(`${last.address}: ${last.fault.what}`, last.fault.remedy, last.fault.reason)
  }
  const { certificate } = kubelet
  if (certificate === undefined) return check.ok('plain HTTP, as the flags ask')
  const { names, issuer, validToMs, verified } = certificate
  const proven = verified ? '' : ', not verified, as the flags ask'
  const message = `${names}, issued by ${issuer}, until ${day(validToMs)}${proven}`
  if (!verified || validToMs - nowMs > SOON_MS) return check.ok(message)
  const remedy = 'let the kubelet rotate it: serverTLSBootstrap and rotateCertificates'
  return check.note(`${message}: that is soon`, remedy, 'ends-soon')
}

/** A kubelet that lets us in says so by any other answer than 401. */
function authenticationCheck({ node, kubelet }: NodeView): CheckResult {
  const check = about('node-authentication', node.name)
  const faults = kubelet.endpoints.map(({ fault }) => fault)
  const refused = faults.find((fault) => fault?.reason === 'unauthorized')
  if (refused !== undefined) return check.failed(refused.what, refused.remedy, refused.reason)
  const letIn = ['forbidden', 'not-found', 'other-node']
  const answered = faults.some((fault) => fault === undefined || letIn.includes(fault.reason))
  return answered ? check.ok('accepted') : check.skipped('no answer says')
}

function endpointCheck({ node }: NodeView, { endpoint, path, fault, needed }: EndpointTried): CheckResult {
  const check = about(`node-${endpoint}`, node.name)
  if (fault === undefined) return check.ok(`${path} answers`)
  // node-authentication reports 401.
  if (fault.reason === 'unauthorized') return check.skipped(`${path}: not authenticated`)
  if (needed) return check.failed(fault.what, fault.remedy, fault.reason)
  const remedy = fault.reason === 'forbidden' ? fault.remedy : undefined
  return check.note(`${fault.what}; the server does without it`, remedy, fault.reason)
}

/** Whether a node's usage is served, and how old it is. */
function sampleCheck({ node, served, resolutionMs, nowMs }: NodeView): CheckResult | undefined {
  if (served === undefined) return undefined
  const check = about('node-sample', node.name)
  const sample = served.get(node.name)
  const log = "the server's log says why, with the name of the node"
  if (sample === undefined) return check.failed('no usage of it is served', `see its other checks; ${log}`, 'absent')
  const { timestampMs, window } = sample
  if (!Number.isFinite(timestampMs)) {
    return check.failed('its usage has no timestamp', 'which server has this API? See apiservice', 'no-timestamp')
  }
  const ageMs = nowMs - timestampMs
  const aged = `last sample ${(ageMs / 1000).toFixed(1)} s old, window ${window}`
  if (ageMs <= 2 * resolutionMs + KUBELET_AGE_MS) return check.ok(aged)
  return check.failed(`${aged}: older than two --metric-resolution`, `see its other checks; ${log}`, 'old')
}

function summaryOf(view: NodeView, sample: CheckResult | undefined): CheckResult {
  const { node, kubelet } = view
  const { addresses, certificate, clockAheadMs } = kubelet
  const parts = [
    ...addresses.slice(-1).map(typed),
    ...(certificate === undefined ? [] : [`certificate ${tlsCheck(view).message}`]),
    `${kubelet.endpoints.map(({ path }) => path).join(' and ')} answer`,
    ...(clockAheadMs === undefined ? [] : [`clock ${signedSeconds(clockAheadMs)}`]),
    ...(sample === undefined ? [] : [sample.message]),
  ]
  return about('node', node.name).ok(parts.join('; '))
}

/** What follows from the node's fault: what could not be known, the same fault once more, and that nothing is served. */
function consequence(result: CheckResult, cause: CheckResult): CheckResult {
  if (result.check === 'node-sample' && result.status === 'failed') {
    const note = about(result.check, result.subject).note(`${result.message}; that follows from ${cause.check}`)
    return causedBy(note, [cause])
  }
  return result.status === 'skipped' || result.reason === cause.reason ? causedBy(result, [cause]) : result
}

/** A node's checks up to the one that fails for good. What comes after could not be checked, and is left out. */
function nodeSection(view: NodeView): Section {
  const { node, kubelet } = view
  const checks: CheckResult[] = []
  const reached = [addressCheck, tcpCheck, tlsCheck].every((make) => {
    const result = make(view)
    checks.push(result)
    return result.status !== 'failed'
  })
  if (reached) checks.push(authenticationCheck(view), ...kubelet.endpoints.map((one) => endpointCheck(view, one)))
  const cause = checks.find(({ status }) => status === 'failed')
  if (reached && kubelet.clockAheadMs !== undefined) {
    checks.push(clockCheck(about('node-clock', node.name), kubelet.clockAheadMs))
  }
  const sample = sampleCheck(view)
  if (sample !== undefined) checks.push(sample)
  const linked = checks.map((one) => (cause === undefined || one === cause ? one : consequence(one, cause)))
  return { checks: linked, summary: summaryOf(view, sample) }
}

/** The checks of all nodes, and the fault of each node that cannot be scraped, by name. */
export interface NodeSections {
  readonly sections: readonly Section[]
  readonly faults: ReadonlyMap<string, CheckResult>
}

const SCRAPED_ANYWAY = new Set(['node-clock', 'node-sample'])

/** Every node's section, in the order of their names. */
export async function nodeSections(
  { kubelets, settings, wallMs, progress }: Examination,
  nodes: readonly NodeRecord[],
  served: ReadonlyMap<string, ServedSample> | undefined,
): Promise<NodeSections> {
  let done = 0
  // Samples are as old as they were when they were read, however long the nodes take.
  const nowMs = wallMs()
  const sections = await bounded(nodes, AT_ONCE, async (node) => {
    const kubelet = await kubelets.probe(node)
    progress(++done, nodes.length)
    return nodeSection({ node, kubelet, served, resolutionMs: settings.resolutionMs, nowMs })
  })
  const faults = new Map<string, CheckResult>()
  for (const [i, { checks }] of sections.entries()) {
    const fault = checks.find(({ check, status }) => status === 'failed' && !SCRAPED_ANYWAY.has(check))
    const name = nodes[i]?.name
    if (fault !== undefined && name !== undefined) faults.set(name, fault)
  }
  return { sections, faults }
}
