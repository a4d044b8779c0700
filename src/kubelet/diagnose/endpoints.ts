import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { EndpointTried } from '../../model/diagnosis.ts'
import type { Scrape } from '../../model/sample.ts'
import type { KubeletClient } from '../client/kubelet-client.ts'
import { KubeletError } from '../client/kubelet-error.ts'
import { doesWithoutSummary, RESOURCE, SUMMARY } from '../client/metrics-source.ts'

export interface EndpointClients {
  readonly summary: Pick<KubeletClient, 'scrape'>
  readonly resource: Pick<KubeletClient, 'scrape'>
}

export interface TriedEndpoints {
  readonly endpoints: readonly EndpointTried[]
  readonly clockAheadMs: number | undefined
}

interface Trial {
  readonly scrape: Scrape | undefined
  readonly error: KubeletError | undefined
}

async function trial(client: Pick<KubeletClient, 'scrape'>, node: NodeRecord): Promise<Trial> {
  try {
    return { scrape: await client.scrape(node), error: undefined }
  } catch (error) {
    if (error instanceof KubeletError) return { scrape: undefined, error }
    throw error
  }
}

/** `Date` is cut to whole seconds, so that on average it is half a second late. */
const DATE_IS_LATE_MS = 500

function aheadMs(trials: readonly Trial[]): number | undefined {
  for (const { scrape } of trials) {
    if (scrape?.nodeTimeMs !== undefined) return scrape.nodeTimeMs + DATE_IS_LATE_MS - scrape.askedAt.wallMs
  }
  return undefined
}

/** Which of the two the server cannot do without: with `auto`, the one that it takes, or both when it can take neither. */
function neededOf(source: 'auto' | 'summary' | 'resource', summary: Trial, resource: Trial) {
  if (source !== 'auto') return { summary: source === 'summary', resource: source === 'resource' }
  const fallsBack = summary.error !== undefined && doesWithoutSummary(summary.error.reason)
  return { summary: !fallsBack || resource.error !== undefined, resource: fallsBack }
}

/**
 * Asks both endpoints of a kubelet that can be reached, or the one that the node's annotation names, and says which of
 * them the server cannot do without, by `--kubelet-metrics-source`.
 */
export async function tryEndpoints(
  node: NodeRecord,
  source: 'auto' | 'summary' | 'resource',
  clients: EndpointClients,
): Promise<TriedEndpoints> {
  if (node.resourceMetricsPath) {
    const annotated = await trial(clients.resource, node)
    const path = node.resourceMetricsPath
    const endpoint: EndpointTried = { endpoint: 'annotated', path, fault: annotated.error, needed: true }
    return { endpoints: [endpoint], clockAheadMs: aheadMs([annotated]) }
  }
  const summary = await trial(clients.summary, node)
  const resource = await trial(clients.resource, node)
  const needed = neededOf(source, summary, resource)
  const path = SUMMARY.path.replace(/\?.*/, '')
  return {
    endpoints: [
      { endpoint: 'summary', path, fault: summary.error, needed: needed.summary },
      { endpoint: 'resource', path: RESOURCE.path, fault: resource.error, needed: needed.resource },
    ],
    clockAheadMs: aheadMs([summary, resource]),
  }
}
