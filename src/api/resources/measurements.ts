import type { NodeRecord, PodRecord } from '../../model/cluster-objects.ts'
import type { NodeUsage, PodUsage } from '../../model/usage.ts'
import type { Measurements } from '../lists/kept-runs.ts'
import type { UsageSource } from '../options.ts'

export function nodeMeasurements(usage: Pick<UsageSource, 'node'>): Measurements<NodeRecord, NodeUsage> {
  const sample = ({ name }: NodeRecord) => usage.node(name)
  return {
    sample,
    witness(records) {
      // A sample that is no longer the same object is another one.
      const samples = records.map(sample)
      return () => records.every((record, i) => sample(record) === samples[i])
    },
  }
}

export const podMeasurements = (
  usage: Pick<UsageSource, 'pod' | 'podsWitness'>,
): Measurements<PodRecord, PodUsage> => ({
  sample: (record) => usage.pod(record),
  witness: (records) => usage.podsWitness(records),
})
