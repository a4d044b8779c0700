import type { NodeMetricsList, V1ObjectMeta, V1Pod, V2HorizontalPodAutoscaler } from '@kubernetes/client-node'
import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { AutoscalerState, PodSeen, Reading, ServedSample } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/log.ts'
import { decodeNode } from '../node-cache.ts'
import { conditionsOf, type KubernetesApi, listAll, readingOf, WHOLE_BYTES } from './kubernetes-api.ts'

const METRICS = { group: 'metrics.k8s.io', version: 'v1beta1' }
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
/** The uid by which the kubelet knows a static pod, on its mirror pod (kubelet, pkg/kubelet/types/constants.go). */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** Nodes by a label selector, which may be empty. */
export function readNodes(api: KubernetesApi, labelSelector: string): Promise<Reading<NodeRecord[]>> {
  const selected = labelSelector === '' ? {} : { labelSelector }
  return readingOf(() =>
    listAll(api, (page, options) => api.core.listNode({ ...selected, ...page }, options), { decode: decodeNode }),
  )
}

function decodePod({ metadata, spec }: V1Pod): PodSeen | undefined {
  const { namespace, name, uid = '', creationTimestamp, annotations } = metadata ?? {}
  if (!namespace || !name) return undefined
  return {
    namespace,
    name,
    uid: annotations?.[MIRROR_ANNOTATION] ?? uid,
    createdMs: creationTimestamp?.getTime() ?? Number.NaN,
    nodeName: spec?.nodeName,
  }
}

const RUNNING = 'status.phase=Running'

/** The pods that run, with their nodes or, a tenth of the bytes, without. */
export function readRunningPods(api: KubernetesApi, withNodes: boolean): Promise<Reading<PodSeen[]>> {
  return listPods(api, RUNNING, withNodes ? undefined : METADATA_ONLY)
}

/** The pods that run on one node. */
export async function readPodsOf(api: KubernetesApi, nodeName: string): Promise<Reading<PodSeen[]>> {
  const reading = await listPods(api, `spec.nodeName=${nodeName},${RUNNING}`, METADATA_ONLY)
  return 'found' in reading ? { found: reading.found.map((pod) => ({ ...pod, nodeName })) } : reading
}

function listPods(api: KubernetesApi, fieldSelector: string, accept: string | undefined): Promise<Reading<PodSeen[]>> {
  return readingOf(() =>
    listAll(api, (page, options) => api.core.listPodForAllNamespaces({ fieldSelector, ...page }, options), {
      decode: decodePod,
      ...(accept !== undefined && { accept }),
    }),
  )
}

export async function readPod({ core }: KubernetesApi, namespace: string, name: string): Promise<PodSeen | undefined> {
  const reading = await readingOf(async () => decodePod(await core.readNamespacedPod({ namespace, name })))
  return 'found' in reading ? reading.found : undefined
}

/** By node name. */
export function readServedNodes(api: KubernetesApi): Promise<Reading<ReadonlyMap<string, ServedSample>>> {
  return readingOf(async () => {
    const asked = { ...METRICS, plural: 'nodes' }
    const { items } = (await api.custom.listClusterCustomObject(asked, api.upTo(WHOLE_BYTES))) as NodeMetricsList
    const served = new Map<string, ServedSample>()
    for (const { metadata, timestamp, window } of items ?? []) {
      served.set(metadata.name, { timestampMs: Date.parse(timestamp), window: oneLine(window ?? '', 40) })
    }
    return served
  })
}

/** "namespace/name" of every pod that has metrics. */
export function readServedPods(api: KubernetesApi): Promise<Reading<ReadonlySet<string>>> {
  return readingOf(async () => {
    const asked = { ...METRICS, plural: 'pods' }
    const answer = await api.custom.listClusterCustomObject(asked, api.upTo(WHOLE_BYTES, METADATA_ONLY))
    const { items } = answer as { readonly items: readonly { readonly metadata: V1ObjectMeta }[] | null }
    return new Set((items ?? []).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
  })
}

function decodeAutoscaler({ metadata, status }: V2HorizontalPodAutoscaler): AutoscalerState | undefined {
  const { namespace, name } = metadata ?? {}
  if (!namespace || !name) return undefined
  return { namespace, name, conditions: conditionsOf(status?.conditions) }
}

export function readAutoscalers(api: KubernetesApi): Promise<Reading<AutoscalerState[]>> {
  return readingOf(() =>
    listAll(api, (page, options) => api.autoscaling.listHorizontalPodAutoscalerForAllNamespaces(page, options), {
      decode: decodeAutoscaler,
    }),
  )
}
