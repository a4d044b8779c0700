import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { AutoscalerState, PodSeen, Reading, ServedSample } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'
import type { ApiClient } from '../client/api-client.ts'
import { at, list, member, text } from '../json-value.ts'
import { listAll } from '../informer/list.ts'
import { decodeNode } from '../node-cache.ts'
import { conditionsOf } from './condition.ts'
import { readJson, readingOf } from './reading.ts'

const METRICS = '/apis/metrics.k8s.io/v1beta1'
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
const PAGE = 500
/** Metrics come as one list. */
const WHOLE_BYTES = 384 * 2 ** 20

function readList<T>(
  client: ApiClient,
  what: { readonly path: string; readonly query?: Record<string, string | undefined>; readonly accept?: string },
  decode: (object: unknown) => T | undefined,
): Promise<Reading<T[]>> {
  const source = { client, query: {}, accept: 'application/json', pageSize: PAGE, ...what, decode }
  return readingOf(async () => (await listAll(source, new AbortController().signal)).items)
}

export function readNodes(client: ApiClient, labelSelector: string): Promise<Reading<NodeRecord[]>> {
  return readList(client, { path: '/api/v1/nodes', query: { labelSelector: labelSelector || undefined } }, decodeNode)
}

function decodePod(object: unknown): PodSeen | undefined {
  const namespace = text(at(object, 'metadata', 'namespace'))
  const name = text(at(object, 'metadata', 'name'))
  if (namespace === undefined || name === undefined) return undefined
  const createdMs = Date.parse(text(at(object, 'metadata', 'creationTimestamp')) ?? '')
  return { namespace, name, createdMs, nodeName: text(at(object, 'spec', 'nodeName')) }
}

/** The pods that run, with their nodes or, a tenth of the bytes, without. */
export function readRunningPods(client: ApiClient, withNodes: boolean): Promise<Reading<PodSeen[]>> {
  const query = { fieldSelector: 'status.phase=Running' }
  const accept = withNodes ? 'application/json' : METADATA_ONLY
  return readList(client, { path: '/api/v1/pods', query, accept }, decodePod)
}

export async function readPod(client: ApiClient, namespace: string, name: string): Promise<PodSeen | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
  const reading = await readJson(client, { path }, decodePod)
  return 'found' in reading ? reading.found : undefined
}

/** By node name. */
export function readServedNodes(client: ApiClient): Promise<Reading<ReadonlyMap<string, ServedSample>>> {
  return readJson(client, { path: `${METRICS}/nodes`, maxBytes: WHOLE_BYTES }, (answer) => {
    const served = new Map<string, ServedSample>()
    for (const item of list(member(answer, 'items'))) {
      const name = text(at(item, 'metadata', 'name'))
      const timestampMs = Date.parse(text(member(item, 'timestamp')) ?? '')
      const window = oneLine(text(member(item, 'window')) ?? '', 40)
      if (name !== undefined) served.set(name, { timestampMs, window })
    }
    return served
  })
}

/** "namespace/name" of every pod that has metrics. */
export function readServedPods(client: ApiClient): Promise<Reading<ReadonlySet<string>>> {
  return readJson(client, { path: `${METRICS}/pods`, accept: METADATA_ONLY, maxBytes: WHOLE_BYTES }, (answer) => {
    const items = list(member(answer, 'items')).map((item) => member(item, 'metadata'))
    return new Set(items.map((metadata) => `${text(member(metadata, 'namespace'))}/${text(member(metadata, 'name'))}`))
  })
}

function decodeAutoscaler(object: unknown): AutoscalerState | undefined {
  const namespace = text(at(object, 'metadata', 'namespace'))
  const name = text(at(object, 'metadata', 'name'))
  if (namespace === undefined || name === undefined) return undefined
  return { namespace, name, conditions: conditionsOf(object) }
}

export function readAutoscalers(client: ApiClient): Promise<Reading<AutoscalerState[]>> {
  return readList(client, { path: '/apis/autoscaling/v2/horizontalpodautoscalers' }, decodeAutoscaler)
}
