import type { ContainerSample, Moment, PodSample, ResourceSample, Scrape } from '../../src/model/sample.ts'
import { packSamples } from '../../src/model/sample-rows.ts'

const UNKNOWN: ResourceSample = {
  timeMs: undefined,
  startTimeMs: undefined,
  cpuNanoseconds: undefined,
  cpuNanocores: undefined,
  workingSetBytes: undefined,
  swapBytes: undefined,
  swapAvailableBytes: undefined,
  ephemeralStorageBytes: undefined,
}

/** A sample with these fields, the others left out by the kubelet. */
export const resource = (fields: Partial<ResourceSample>): ResourceSample => ({ ...UNKNOWN, ...fields })

export const container = (name: string, fields: Partial<ResourceSample>): ContainerSample => ({
  name,
  ...resource(fields),
})

export const pod = (name: string, containers: ContainerSample[], uid?: string): PodSample => ({
  namespace: 'default',
  name,
  uid,
  containers: packSamples(containers),
})

export interface ScrapeFields {
  source?: 'summary' | 'resource'
  node?: ResourceSample
  pods?: PodSample[]
  nodeTimeMs?: number
}

/** What a kubelet answered when it was asked at that moment. */
export const scrape = (askedAt: Moment, fields: ScrapeFields): Scrape => ({
  askedAt,
  nodeTimeMs: fields.nodeTimeMs,
  sample: { source: fields.source ?? 'summary', nodeName: 'node-1', node: fields.node, pods: fields.pods ?? [] },
})
