import { rfc3339 } from './objects.ts'
import type { StoredObject } from './registry.ts'

/** What the autoscaler's controller last found out. */
export interface AutoscalerCondition {
  readonly type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited'
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** A HorizontalPodAutoscaler of a Deployment by CPU, with the conditions that its controller would have written. */
export function autoscalerObject(
  namespace: string,
  name: string,
  conditions: readonly AutoscalerCondition[],
  createdMs: number,
): StoredObject {
  const since = rfc3339(createdMs)
  const target = { type: 'Utilization', averageUtilization: 80 }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, uid: `autoscaler-${namespace}-${name}`, creationTimestamp: since },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime: since })),
    },
  }
}
