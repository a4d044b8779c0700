import type { PodRecord } from '../src/model/cluster-objects.ts'
import { labelsFrom } from '../src/kubernetes/labels.ts'
import type { PodUsage } from '../src/model/usage.ts'

/** So many pods of one namespace; ten of them share a label `app`, as the replicas of a Deployment do. */
export const podRecords = (count: number): PodRecord[] =>
  Array.from({ length: count }, (_, i) => {
    const app = `app-${Math.floor(i / 10)}`
    return {
      namespace: 'shop',
      name: `${app}-7895984c67-${(46_656 + i * 7).toString(36)}`,
      uid: `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
      labels: labelsFrom([
        ['app', app],
        ['pod-template-hash', '7895984c67'],
      ]),
    }
  })

/** What the i-th pod uses; a new object each time, as a new sample makes one. */
export function podUsage(i: number): PodUsage {
  const container = (name: string, share: number) => ({
    name,
    usage: { cpuNanocores: 286_455_582 + i * share, memoryBytes: 4096 * (17_500 + i * share), swapBytes: undefined },
  })
  return {
    timestampMs: Date.UTC(2026, 0, 1) + i,
    windowMs: 15_022,
    containers: [container('app', 7), container('proxy', 3)],
  }
}
