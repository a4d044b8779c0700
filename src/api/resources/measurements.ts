import type { NodeRecord, PodRecord } from '../../model/cluster-objects.ts'
import type { NodeUsage, PodUsage } from '../../model/usage.ts'
import type { Measurements } from '../lists/chunk-cache.ts'
import type { UsageSource } from '../options.ts'

/** A node's sample that is no longer the same object is another one. */
export const nodeMeasurements = (usage: Pick<UsageSource, 'node'>): Measurements<NodeRecord, NodeUsage> => ({
  watch(records) {
    const seen: (NodeUsage | undefined)[] = []
    const sample = (place: number) => usage.node(records[place]?.name ?? '')
    return {
      changedFrom(place) {
        let at = place
        while (at < seen.length && sample(at) === seen[at]) at++
        return at
      },
      look(place) {
        seen[place] = sample(place)
        return seen[place]
      },
    }
  },
})

export const podMeasurements = (usage: Pick<UsageSource, 'watchPods'>): Measurements<PodRecord, PodUsage> => ({
  watch: (records) => usage.watchPods(records),
})
