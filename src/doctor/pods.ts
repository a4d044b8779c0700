import type { NodeRecord } from '../model/cluster-objects.ts'
import type { PodSeen, Reading } from '../model/diagnosis.ts'
import type { PodSample } from '../model/sample.ts'
import { unpackSamples } from '../model/sample-rows.ts'
import { bounded } from './bounded.ts'
import type { Examination } from './facts.ts'
import { about, type Section, type Step, unread } from './step.ts'

const SHOWN = 10
const AT_ONCE = 4
/** The kubelet's own delay until a new container has values. */
const KUBELET_DELAY_MS = 20_000

const keyOf = ({ namespace, name }: PodSeen): string => `${namespace}/${name}`

/** Why a pod has no metrics, as far as its kubelet tells. */
async function explain({ kubelets }: Examination, pod: PodSeen, nodes: ReadonlyMap<string, NodeRecord>): Promise<Step> {
  const step = about('pod', keyOf(pod))
  const node = nodes.get(pod.nodeName ?? '')
  if (pod.nodeName === undefined || node === undefined) {
    const where = pod.nodeName === undefined ? 'no node that could be read' : `node ${pod.nodeName}`
    return step.failed(`no metrics: it is on ${where}, which the server does not ask`, 'see --node-selector')
  }
  let sample: PodSample | undefined
  try {
    sample = await kubelets.podOf(node, pod.namespace, pod.name)
  } catch {
    return step.failed(`no metrics: its node ${node.name} cannot be asked`, `see the steps of node ${node.name}`)
  }
  if (sample === undefined) {
    const remedy = "the logs of that node's kubelet and container runtime tell why"
    return step.failed(`no metrics: the kubelet of its node ${node.name} does not report it`, remedy)
  }
  const half = unpackSamples(sample.containers).filter(
    (c) => c.cpuNanoseconds === undefined || c.workingSetBytes === undefined,
  )
  if (half.length > 0) {
    const message = `no metrics: its kubelet reports no CPU or no memory of ${half.map(({ name }) => name).join(', ')}`
    return step.failed(message, 'a pod is served whole or not at all: does that container keep restarting?')
  }
  const remedy =
    'the server has not had it yet (its node has just come back, or a container has just started): ask again after one --metric-resolution; if it stays, see the log of the server'
  return step.failed('no metrics, though its kubelet reports it whole', remedy)
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
): Promise<{ readonly steps: readonly Step[]; readonly gone: number }> {
  const steps = await bounded(missing.slice(0, SHOWN), AT_ONCE, async (seen) => {
    const pod = await examination.cluster.pod(seen.namespace, seen.name)
    return pod && explain(examination, pod, nodes)
  })
  const told = steps.filter((step) => step !== undefined)
  return { steps: told, gone: steps.length - told.length }
}

const METRICS = {
  right: 'list pods.metrics.k8s.io',
  absent: ['metrics of pods are not served', 'who serves this API?'],
} as const

/** Whether every running pod has metrics, and of the first of those without, why. */
export async function podsSection(
  examination: Examination,
  nodes: readonly NodeRecord[],
  isAnswered: boolean,
): Promise<Section> {
  const { cluster, settings, wallMs } = examination
  const step = about('pods')
  if (!isAnswered) return { steps: [step.skipped('the metrics API does not answer', 'see metrics-api')] }
  const selects = settings.nodeSelector !== ''
  const running = await cluster.runningPods(selects)
  if (!('found' in running)) return { steps: [unreadPods(running)] }
  // After the pods, so that one that ended in between is found to be gone, and not missing.
  const served = await cluster.servedPods()
  if (!('found' in served)) return { steps: [unread(step, served, METRICS)] }
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const wanted = selects ? running.found.filter(({ nodeName }) => byName.has(nodeName ?? '')) : running.found
  const bornBeforeMs = wallMs() - 2 * settings.resolutionMs - KUBELET_DELAY_MS
  const { old, young } = missingOf(wanted, served.found, bornBeforeMs)
  const { steps, gone } = await explainSome(examination, old, byName)
  const waiting = young === 0 ? '' : `; ${young} just started and will have them`
  const count = old.length - gone
  if (count === 0) return { steps: [step.ok(`${wanted.length} are running, all have metrics${waiting}`)] }
  const first = count > SHOWN ? `; the first ${SHOWN} follow` : ''
  const message = `${count} of ${wanted.length} running pods have no metrics${waiting}${first}`
  return { steps: [step.failed(message, 'see their nodes above, and each pod below'), ...steps] }
}

function unreadPods(reading: Exclude<Reading<PodSeen[]>, { found: PodSeen[] }>): Step {
  const step = about('pods')
  if (reading.trouble === 'forbidden') return step.skipped('may not list pods', 'see right: list pods')
  return unread(step, reading, { right: 'list pods', absent: ['there is no such API', 'is it a kube-apiserver?'] })
}
