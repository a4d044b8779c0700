import { createHash } from 'node:crypto'
import type { Aggregator } from './aggregation/aggregator.ts'

const AS = 'system:aggregator'

/** /openapi/v2 and /openapi/v3: what the aggregated server says of itself, and an empty document for the core group. */
export async function openApi(path: string, aggregator: Aggregator): Promise<string | undefined> {
  if (path === '/openapi/v3') return JSON.stringify(await index(aggregator))
  if (path === '/openapi/v3/api/v1') return CORE
  if (path !== '/openapi/v2' && !path.startsWith('/openapi/v3/apis/metrics.k8s.io')) return undefined
  if (!aggregator.registered) return path === '/openapi/v2' ? EMPTY_V2 : undefined
  const { status, body } = await aggregator.fetch(path, AS, 'application/json')
  return status === 200 ? body : undefined
}

const INFO = { title: 'Simulated Kubernetes', version: 'v1.36.0' }
const CORE = JSON.stringify({ openapi: '3.0.0', info: INFO, paths: {}, components: { schemas: {} } })
const EMPTY_V2 = JSON.stringify({ swagger: '2.0', info: INFO, paths: {}, definitions: {} })

interface V3Index {
  readonly paths: Record<string, { readonly serverRelativeURL: string }>
}

async function index(aggregator: Aggregator): Promise<V3Index> {
  const hash = createHash('sha256').update(CORE).digest('hex').toUpperCase()
  const own = { 'api/v1': { serverRelativeURL: `/openapi/v3/api/v1?hash=${hash}` } }
  if (!aggregator.registered) return { paths: own }
  try {
    const { body } = await aggregator.fetch('/openapi/v3', AS, 'application/json')
    const theirs = Object.entries((JSON.parse(body) as V3Index).paths).filter(([key]) => key.includes('metrics.k8s.io'))
    return { paths: { ...own, ...Object.fromEntries(theirs) } }
  } catch {
    // The real aggregator leaves a group out as long as it cannot be asked.
    return { paths: own }
  }
}
