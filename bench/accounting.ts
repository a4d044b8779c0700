import { createRequestKinds, resourceEndpoint } from '../src/api/hooks/instrumentation.ts'
import { parseRequestTarget } from '../src/api/request/request-target.ts'
import { createSystemClock } from '../src/model/clock.ts'
import { createServerMetrics } from '../src/telemetry/metrics/server-metrics.ts'
import type { Benchmark } from './benchmark.ts'

const COUNT = 1000

/** All that is counted of one request: who asked, whether they may, two moves of what is in flight, and the answer. */
export const accountingBenchmarks: readonly Benchmark[] = [
  {
    name: 'count requests',
    prepare() {
      const clock = createSystemClock()
      const { requests, access } = createServerMetrics({ clock, version: '', resolutionMs: 15_000 })
      const kindOf = createRequestKinds()
      const endpoint = resourceEndpoint('pods', 'namespace')
      const targets = Array.from({ length: 50 }, (_, i) => {
        const path = `/apis/metrics.k8s.io/v1beta1/namespaces/team-${i}/pods?labelSelector=app%3Dweb-${i}`
        return parseRequestTarget(path)
      })
      const one = (target: (typeof targets)[number]) => {
        if (target === undefined) return
        const beganMs = clock.monotonicMs()
        access.attempt('front-proxy', 'system:serviceaccount:kube-system:horizontal-pod-autoscaler', 0.0001)
        requests.inFlight('readOnly', 1)
        access.decided('allowed', 0.0001)
        const kind = kindOf('GET', target.query, endpoint)
        requests.answered(kind, 200, (clock.monotonicMs() - beganMs) / 1000)
        requests.sized(kind, 1500)
        requests.inFlight('readOnly', 0)
      }
      return {
        size: `${COUNT} queries of autoscalers`,
        run: () => {
          for (let i = 0; i < COUNT; i++) one(targets[i % targets.length])
        },
      }
    },
  },
]
