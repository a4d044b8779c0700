import type { V1APIServiceCondition, V2HorizontalPodAutoscalerCondition } from '@kubernetes/client-node'
import type { Condition } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'

/** `status.conditions` of an object, as short printable texts. */
export function conditionsOf(
  conditions: readonly (V1APIServiceCondition | V2HorizontalPodAutoscalerCondition)[] | undefined,
): readonly Condition[] {
  return (conditions ?? []).map(({ type, status, reason = '', message = '' }) => ({
    type: oneLine(type, 60),
    status: oneLine(status, 20),
    reason: oneLine(reason, 100),
    message: oneLine(message, 500),
  }))
}
