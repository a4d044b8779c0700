import { aggregationSection } from './aggregation.ts'
import { apiserverSection, identityCheck } from './apiserver.ts'
import { autoscalersSection } from './autoscalers.ts'
import { about, causedBy, type CheckResult, type Section } from './check.ts'
import type { Examination } from './facts.ts'
import { frontProxyCheck } from './front-proxy.ts'
import { nodeSections, nodesCheck, samplesCheck } from './nodes.ts'
import { podsSection } from './pods.ts'
import { rightsSection } from './rights.ts'

/** Checks that cannot be made without the apiserver, in the order of the report. */
const BEHIND_THE_APISERVER = [
  ...['identity', 'apiservice', 'metrics-api', 'service', 'endpoints', 'front-proxy', 'right'],
  ...['samples', 'nodes', 'pods', 'autoscalers'],
]

/** The rest of the report when the apiserver cannot be read, because of `cause`. */
export function withoutApiserver(cause: CheckResult): Section {
  const skipped = (check: string) => causedBy(about(check).skipped('the apiserver cannot be read'), [cause])
  return { checks: BEHIND_THE_APISERVER.map(skipped) }
}

/**
 * Walks the whole chain, from the apiserver to the kubelets and back to who reads the metrics. The order of the report is
 * always the same: that of the checks, then of the names.
 */
export async function examine(examination: Examination): Promise<readonly Section[]> {
  const { cluster, settings, wallMs } = examination
  const flags = { checks: [about('flags').ok(settings.flags)] }
  const apiserver = apiserverSection(cluster.server, await cluster.version())
  const unreachable = apiserver.checks.find(({ check, status }) => check === 'apiserver' && status === 'failed')
  if (unreachable !== undefined) return [flags, apiserver, withoutApiserver(unreachable)]
  const user = await cluster.ownName()
  const rights = await rightsSection(examination)
  const frontProxy = frontProxyCheck(await cluster.frontProxy(), settings, wallMs())
  const aggregation = await aggregationSection(cluster, user, { neverReady: rights.neverReady, frontProxy })
  const { noMetrics } = aggregation
  const served = noMetrics === undefined ? await cluster.servedNodes() : undefined
  const nodes = await cluster.nodes()
  const known = 'found' in nodes ? nodes.found.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : []
  const samples = served !== undefined && 'found' in served ? served.found : undefined
  const { sections, faults } = await nodeSections(examination, known, samples)
  const pods = await podsSection(examination, { nodes: known, faults, noMetrics })
  const autoscalers = autoscalersSection(await cluster.autoscalers(), noMetrics === undefined ? [] : [noMetrics])
  return [
    flags,
    apiserver,
    { checks: [identityCheck(user)] },
    aggregation.section,
    { checks: [frontProxy] },
    rights.section,
    { checks: [samplesCheck(served, noMetrics), nodesCheck(nodes, settings.nodeSelector)] },
    ...sections,
    pods,
    autoscalers,
  ]
}
