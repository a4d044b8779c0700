import type { NodeRecord } from '../model/cluster-objects.ts'
import type { PodAtKubelet, PodSeen, Reading } from '../model/diagnosis.ts'
import { unpackSamples } from '../model/sample-rows.ts'
import { about, bounded, causedBy, type CheckName, type CheckResult, type Section, unread } from './check.ts'
import type { Examination } from './facts.ts'

const SHOWN = 10
const AT_ONCE = 4
/** The kubelet's own delay until a new container has values. */
const KUBELET_DELAY_MS = 20_000

const keyOf = ({ namespace, name }: PodSeen): string => `${namespace}/${name}`

function unreported({ leftOut }: PodAtKubelet, pod: PodSeen, node: NodeRecord, check: ReturnType<typeof about>) {
  const log = "the logs of that node's kubelet and container runtime say why"
  if (leftOut === undefined) {
    return check.failed(`no metrics: the kubelet of its node ${node.name} does not report it`, log, 'not-reported')
  }
  const { count, reason, example } = leftOut
  const isIt = example === keyOf(pod)
  const which = isIt ? 'it' : count === 1 ? 'a pod' : `${count} pods`
  const such = isIt ? '' : ` (${example}), and this pod may be one of them`
  return check.failed(
    `no metrics: the kubelet of its node ${node.name} reports ${which} in a way that cannot be served${such}: ${reason}`,
    log,
    'left-out',
  )
}

/** Why a pod has no metrics, as far as its kubelet says. */
async function podCheck(
  { kubelets }: Examination,
  pod: PodSeen,
  nodes: ReadonlyMap<string, NodeRecord>,
): Promise<CheckResult> {
  const check = about('pod', keyOf(pod))
  const node = nodes.get(pod.nodeName ?? '')
  if (pod.nodeName === undefined || node === undefined) {
    const where = pod.nodeName === undefined ? 'no node that could be read' : `node ${pod.nodeName}`
    return check.failed(
      `no metrics: it is on ${where}, which the server does not scrape`,
      'see --node-selector',
      'node-not-scraped',
    )
  }
  let found: PodAtKubelet
  try {
    found = await kubelets.podOf(node, pod)
  } catch {
    const remedy = `see the checks of node ${node.name}`
    return check.failed(`no metrics: its node ${node.name} cannot be scraped`, remedy, 'node-failed')
  }
  if (found.sample === undefined) return unreported(found, pod, node, check)
  const half = unpackSamples(found.sample.containers).filter(
    (c) => c.cpuNanoseconds === undefined || c.workingSetBytes === undefined,
  )
  if (half.length > 0) {
    const message = `no metrics: its kubelet reports no CPU or no memory of ${half.map(({ name }) => name).join(', ')}`
    return check.failed(message, 'a pod is served whole or not at all: does that container keep restarting?', 'half')
  }
  const remedy =
    "the server has not had it yet (its node has just come back, or a container has just started): run the doctor again after one --metric-resolution; if it stays, see the server's log"
  return check.failed('no metrics, though its kubelet reports it whole', remedy, 'not-yet')
}

function missingOf(running: readonly PodSeen[], served: ReadonlySet<string>, bornBeforeMs: number) {
  const missing = running.filter((pod) => !served.has(keyOf(pod)))
  const old = missing.filter(({ createdMs }) => !(createdMs > bornBeforeMs))
  return { old: old.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), young: missing.length - old.length }
}

async function explainSome(
  examination: Examination,
  missing: readonly PodSeen[],
  nodes: ReadonlyMap<string, NodeRecord>,
): Promise<{ readonly checks: readonly CheckResult[]; readonly gone: number }> {
  const checks = await bounded(missing.slice(0, SHOWN), AT_ONCE, async (seen) => {
    const pod = await examination.cluster.pod(seen.namespace, seen.name)
    return pod && podCheck(examination, pod, nodes)
  })
  const known = checks.filter((one) => one !== undefined)
  return { checks: known, gone: checks.length - known.length }
}

/** The pods of nodes that cannot be scraped, by node. A node whose pods cannot be listed is left out. */
async function podsOfNodes({ cluster }: Examination, nodes: Iterable<string>): Promise<Map<string, Set<string>>> {
  const byNode = new Map<string, Set<string>>()
  await bounded([...nodes], AT_ONCE, async (name) => {
    const reading = await cluster.podsOf(name)
    if ('found' in reading) byNode.set(name, new Set(reading.found.map(keyOf)))
  })
  return byNode
}

/** How many of the missing pods are on each node that cannot be scraped, and which are not. */
async function byFaultyNode(
  examination: Examination,
  missing: readonly PodSeen[],
  faults: ReadonlyMap<string, CheckResult>,
): Promise<{ readonly checks: readonly CheckResult[]; readonly others: readonly PodSeen[] }> {
  if (missing.length === 0 || faults.size === 0) return { checks: [], others: missing }
  const keys = new Set(missing.map(keyOf))
  const explained = new Set<string>()
  const checks: CheckResult[] = []
  const pods = await podsOfNodes(examination, faults.keys())
  for (const [name, fault] of faults) {
    const lost = [...(pods.get(name) ?? [])].filter((key) => keys.has(key))
    if (lost.length === 0) continue
    for (const key of lost) explained.add(key)
    const plural = lost.length === 1 ? 'pod has' : 'pods have'
    const message = `${lost.length} running ${plural} no metrics; that follows from ${fault.check}`
    checks.push({ ...causedBy(about('node-pods', name).note(message), [fault]), count: lost.length })
  }
  return { checks, others: missing.filter((pod) => !explained.has(keyOf(pod))) }
}

const METRICS = {
  right: 'list pods.metrics.k8s.io',
  absent: ['metrics of pods are not served', 'which server has this API? See apiservice'],
} as const

/** What was found out before the pods. */
export interface PodContext {
  readonly nodes: readonly NodeRecord[]
  /** The fault of each node that cannot be scraped. */
  readonly faults: ReadonlyMap<string, CheckResult>
  /** Why the metrics API does not answer, if so. */
  readonly noMetrics: CheckResult | undefined
}

/** Whether every running pod has metrics: how many have none because of their nodes, and of the first of the others, why. */
export async function podsSection(examination: Examination, context: PodContext): Promise<Section> {
  const { cluster, settings, wallMs } = examination
  const { nodes, faults, noMetrics } = context
  const check = about('pods')
  if (noMetrics !== undefined) {
    return { checks: [causedBy(check.skipped('the metrics API does not answer', 'see metrics-api'), [noMetrics])] }
  }
  const selects = settings.nodeSelector !== ''
  const running = await cluster.runningPods(selects)
  if (!('found' in running)) return { checks: [unreadPods(running)] }
  // After the pods, so that one that ended in between is found to be gone, and not missing.
  const served = await cluster.servedPods()
  if (!('found' in served)) return { checks: [unread(check, served, METRICS)] }
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const wanted = selects ? running.found.filter(({ nodeName }) => byName.has(nodeName ?? '')) : running.found
  const bornBeforeMs = wallMs() - 2 * settings.resolutionMs - KUBELET_DELAY_MS
  const { old, young } = missingOf(wanted, served.found, bornBeforeMs)
  const onFaultyNodes = await byFaultyNode(examination, old, faults)
  const { checks, gone } = await explainSome(examination, onFaultyNodes.others, byName)
  const waiting = young === 0 ? '' : `; ${young} just started and will have them`
  const count = old.length - gone
  if (count === 0) return { checks: [check.ok(`${wanted.length} are running, all have metrics${waiting}`)] }
  const others = onFaultyNodes.others.length - gone
  const first = others > SHOWN ? `; of the ${others} on nodes that are well, the first ${SHOWN} were looked into` : ''
  const message = `${count} of ${wanted.length} running pods have no metrics${waiting}${first}`
  const failed = check.failed(message, 'see their nodes, and each pod')
  const causes: CheckName[] = [...onFaultyNodes.checks.flatMap((one) => one.causedBy ?? []), ...checks]
  return { checks: [{ ...causedBy(failed, causes), count }, ...onFaultyNodes.checks, ...checks] }
}

function unreadPods(reading: Exclude<Reading<PodSeen[]>, { found: PodSeen[] }>): CheckResult {
  const check = about('pods')
  if (reading.trouble === 'forbidden') return check.skipped('no right to list pods', 'see right: list pods')
  return unread(check, reading, { right: 'list pods', absent: ['there is no such API', 'is it a kube-apiserver?'] })
}
