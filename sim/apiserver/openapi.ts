import { createHash } from 'node:crypto'
import { protobufV2 } from '../../src/api/openapi/protobuf.ts'
import type { Aggregator } from './aggregation/aggregator.ts'

const AS = 'system:aggregator'
const JSON_TYPE = 'application/json'
/** What clients ask for first, kubectl among them; the answer names it with a dot, as kube-openapi does. */
const PROTOBUF_V2 = /application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/
const PROTOBUF_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

export interface Document {
  readonly contentType: string
  readonly body: string | Buffer
}

const json = (body: string): Document => ({ contentType: JSON_TYPE, body })

/** /openapi/v2 and /openapi/v3: what the aggregated server says of itself, and an empty document for the core group. */
export async function openApi(path: string, accept: string, aggregator: Aggregator): Promise<Document | undefined> {
  if (path === '/openapi/v3') return json(JSON.stringify(await index(aggregator)))
  if (path === '/openapi/v3/api/v1') return json(CORE)
  if (path === '/openapi/v2') {
    const document = aggregator.registered ? await published(path, aggregator) : EMPTY_V2
    if (document === undefined) return undefined
    if (!PROTOBUF_V2.test(accept)) return json(document)
    return { contentType: PROTOBUF_V2_TYPE, body: protobufV2(JSON.parse(document)) }
  }
  if (!aggregator.registered || !path.startsWith('/openapi/v3/apis/metrics.k8s.io')) return undefined
  const document = await published(path, aggregator)
  return document === undefined ? undefined : json(document)
}

async function published(path: string, aggregator: Aggregator): Promise<string | undefined> {
  const { status, body } = await aggregator.fetch(path, AS, JSON_TYPE)
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
    const { body } = await aggregator.fetch('/openapi/v3', AS, JSON_TYPE)
    const theirs = Object.entries((JSON.parse(body) as V3Index).paths).filter(([key]) => key.includes('metrics.k8s.io'))
    return { paths: { ...own, ...Object.fromEntries(theirs) } }
  } catch {
    // The real aggregator leaves a group out as long as it cannot be queried.
    return { paths: own }
  }
}
