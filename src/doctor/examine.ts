import { aggregationSection } from './aggregation.ts'
import { apiserverSteps, identityStep } from './apiserver.ts'
import { autoscalersSection } from './autoscalers.ts'
import type { Examination } from './facts.ts'
import { frontProxyStep } from './front-proxy.ts'
import { nodeSections, nodesStep, samplesStep } from './nodes.ts'
import { podsSection } from './pods.ts'
import { rightsSection } from './rights.ts'
import { about, type Section } from './step.ts'

/** Checks that cannot be made without the apiserver, in the order of the report. */
const BEHIND_THE_APISERVER = [
  ...['identity', 'apiservice', 'metrics-api', 'service', 'endpoints', 'front-proxy', 'right'],
  ...['samples', 'nodes', 'pods', 'autoscalers'],
]

/** The rest of the report when there is no apiserver to ask. */
export function withoutApiserver(): Section {
  const steps = BEHIND_THE_APISERVER.map((check) => about(check).skipped('the apiserver cannot be asked'))
  const summary = about('all else').skipped('the apiserver cannot be asked')
  return { steps, summary }
}

/**
 * Walks the whole chain, from the apiserver to the kubelets and back to who reads the metrics. The order of the report is
 * always the same: that of the checks, then of the names.
 */
export async function examine(examination: Examination): Promise<readonly Section[]> {
  const { cluster, settings, wallMs } = examination
  const flags = { steps: [about('flags').ok(settings.flags)] }
  const apiserver = apiserverSteps(cluster.server, await cluster.version())
  if (apiserver.steps.some(({ check, status }) => check === 'apiserver' && status === 'failed')) {
    return [flags, apiserver, withoutApiserver()]
  }
  const identity = identityStep(await cluster.ownName())
  const aggregation = await aggregationSection(cluster)
  const isAnswered = aggregation.steps.some(({ check, status }) => check === 'metrics-api' && status === 'ok')
  const frontProxy = frontProxyStep(await cluster.frontProxy(), settings, wallMs())
  const rights = await rightsSection(examination)
  const served = isAnswered ? await cluster.servedNodes() : undefined
  const nodes = await cluster.nodes()
  const known = 'found' in nodes ? nodes.found.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : []
  const each = await nodeSections(
    examination,
    known,
    served !== undefined && 'found' in served ? served.found : undefined,
  )
  const pods = await podsSection(examination, known, isAnswered)
  const autoscalers = autoscalersSection(await cluster.autoscalers())
  return [
    flags,
    apiserver,
    { steps: [identity] },
    aggregation,
    { steps: [frontProxy] },
    rights,
    { steps: [samplesStep(served), nodesStep(nodes, settings.nodeSelector)] },
    ...each,
    pods,
    autoscalers,
  ]
}
