import { beforeEach } from 'vitest'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import type { NodeCapacity } from '../../src/model/cluster-objects.ts'
import type { ContainerSample, ResourceSample, Scrape } from '../../src/model/sample.ts'
import type { PodUsage } from '../../src/model/usage.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { container, type ScrapeFields, scrape } from '../support/samples.ts'

const SECOND = 1000
export const T0 = Date.UTC(2026, 0, 1, 12)
export const STARTED = T0 - 3_600_000
export const cut = (ms: number) => Math.floor(ms / SECOND) * SECOND

/** A store and its clock, new for each test of the file. */
export interface StoreFixture {
  clock: ManualClock
  store: Store
  /** What the Node says that it has. */
  capacity: NodeCapacity | undefined
  /** Puts what a kubelet answers that is asked now. */
  put(fields: ScrapeFields, node?: string): void
  /** What a kubelet answers that is asked now. */
  scrapeOf(fields: ScrapeFields): Scrape
  /** A container that has burned `cores` since it started, as the Summary tells it now. */
  burning(name: string, cores: number, more?: Partial<ResourceSample>): ContainerSample
  served(name?: string, uid?: string): PodUsage | undefined
  /** What the pod's containers are served with. */
  millicores(name?: string): number[] | undefined
}

export function useStore(): StoreFixture {
  const at = {
    scrapeOf: (fields) => scrape({ wallMs: at.clock.wallMs(), monotonicMs: at.clock.monotonicMs() }, fields),
    put: (fields, node = 'node-1') => void at.store.put(node, at.scrapeOf(fields), { capacity: at.capacity }),
    burning: (name, cores, more = {}) =>
      container(name, {
        timeMs: cut(at.clock.wallMs()),
        startTimeMs: STARTED,
        cpuNanoseconds: Math.round((at.clock.wallMs() - STARTED) * cores * 1e6),
        cpuNanocores: 0,
        workingSetBytes: 1 << 20,
        ...more,
      }),
    served: (name = 'web', uid = 'u') => at.store.pod({ namespace: 'default', name, uid, labels: NO_LABELS }),
    millicores: (name) => at.served(name)?.containers.map((c) => c.usage.cpuNanocores / 1e6),
  } as StoreFixture
  beforeEach(() => {
    at.clock = createManualClock({ wallMs: T0 + 300, monotonicMs: 5000 })
    at.capacity = undefined
    at.store = new Store({ clock: at.clock, resolutionMs: 15 * SECOND, retentionMs: 45 * SECOND })
  })
  return at
}
