import type { NodeRecord } from '../model/cluster-objects.ts'
import type { Reading, ServedSample } from '../model/diagnosis.ts'
import { bounded } from './bounded.ts'
import type { Examination } from './facts.ts'
import { nodeSection } from './node.ts'
import { about, type Section, type Step, unread } from './step.ts'

/** Nodes that are asked at once: as many handshakes do not starve each other. */
const AT_ONCE = 32

/** Whether the nodes are known, and how many. */
export function nodesStep(reading: Reading<NodeRecord[]>, nodeSelector: string): Step {
  const step = about('nodes')
  const selected = nodeSelector === '' ? '' : ` that --node-selector ${nodeSelector} selects`
  if (!('found' in reading)) {
    if (reading.trouble === 'forbidden') return step.skipped('may not list nodes', 'see right: list nodes')
    return unread(step, reading, { right: 'list nodes', absent: ['there is no such API', 'is it a kube-apiserver?'] })
  }
  if (reading.found.length > 0) return step.ok(`${reading.found.length}${selected}`)
  const remedy =
    nodeSelector === '' ? 'no kubelet has registered' : 'does the label selector fit the labels of the nodes?'
  return step.failed(`there are none${selected}`, remedy)
}

/** Whether it can be known what is served. `undefined`: it was not asked, since nobody answers. */
export function samplesStep(reading: Reading<ReadonlyMap<string, ServedSample>> | undefined): Step {
  const step = about('samples')
  if (reading === undefined) return step.skipped('the metrics API does not answer', 'see metrics-api')
  if ('found' in reading) return step.ok(`usage of ${reading.found.size} nodes is served`)
  return unread(step, reading, {
    right: 'list nodes.metrics.k8s.io',
    absent: ['metrics of nodes are not served', 'who serves this API?'],
  })
}

/** Every node's section, in the order of their names. */
export function nodeSections(
  { kubelets, settings, wallMs, progress }: Examination,
  nodes: readonly NodeRecord[],
  served: ReadonlyMap<string, ServedSample> | undefined,
): Promise<Section[]> {
  let done = 0
  // Samples are as old as they were when they were asked for, however long the nodes take.
  const nowMs = wallMs()
  return bounded(nodes, AT_ONCE, async (node) => {
    const findings = await kubelets.probe(node)
    progress(++done, nodes.length)
    return nodeSection({ node, findings, served, resolutionMs: settings.resolutionMs, nowMs })
  })
}
