import type { AutoscalerState, Condition, Reading } from '../model/diagnosis.ts'
import { about, causedBy, type CheckName, type CheckResult, type Section, unread } from './check.ts'

/**
 * Reasons of the horizontal pod autoscaler's conditions (kubernetes, pkg/controller/podautoscaler/horizontal.go): those of
 * metrics that other servers serve, those of this API, and the one of an autoscaler that was switched off by zero replicas.
 */
const OF_OTHERS: ReadonlySet<string> = new Set([
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
])
const OF_THIS_API: ReadonlySet<string> = new Set(['FailedGetResourceMetric', 'FailedGetContainerResourceMetric'])
const SWITCHED_OFF = 'ScalingDisabled'

const REMEDIES = new Map([
  ['FailedGetScale', 'does the target of spec.scaleTargetRef exist, and has it a scale subresource?'],
  ['FailedUpdateScale', 'does the target of spec.scaleTargetRef exist, and has it a scale subresource?'],
  ['InvalidSelector', 'fix the selector of its target'],
  ['AmbiguousSelector', 'let no two autoscalers select the same pods'],
  ['InvalidMetricSourceType', 'fix spec.metrics'],
])

function remedyOf({ reason, message }: Condition): string {
  if (/missing request for/.test(message)) return 'set resources.requests of that container'
  return REMEDIES.get(reason) ?? 'do the pods that it selects have metrics? See pods here, and kubectl describe hpa'
}

function troubled({ conditions }: AutoscalerState): Condition | undefined {
  const bad = (type: string) => conditions.find((one) => one.type === type && one.status === 'False')
  const condition = bad('AbleToScale') ?? bad('ScalingActive')
  return condition?.reason === SWITCHED_OFF ? undefined : condition
}

function checkOf(autoscaler: AutoscalerState, noMetrics: readonly CheckName[]): CheckResult | undefined {
  const condition = troubled(autoscaler)
  if (condition === undefined) return undefined
  const check = about('autoscaler', `${autoscaler.namespace}/${autoscaler.name}`)
  const { type, reason } = condition
  const message = `${type} is False, ${reason}: ${condition.message}`
  if (OF_OTHERS.has(reason)) return check.note(`${message} (another server serves that metric)`, undefined, reason)
  const failed = check.failed(message, remedyOf(condition), reason)
  return OF_THIS_API.has(reason) ? causedBy(failed, noMetrics) : failed
}

const keyOf = ({ namespace, name }: AutoscalerState): string => `${namespace}/${name}`

/** The autoscalers that cannot scale, and why. `noMetrics`: why none of them has metrics, if so. */
export function autoscalersSection(reading: Reading<AutoscalerState[]>, noMetrics: readonly CheckName[]): Section {
  const check = about('autoscalers')
  if (!('found' in reading)) {
    if (reading.trouble === 'absent') return { checks: [check.note('this apiserver has no autoscaling/v2')] }
    const right = 'list horizontalpodautoscalers.autoscaling'
    return { checks: [unread(check, reading, { right, absent: ['', ''] })] }
  }
  const sorted = reading.found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const checks = sorted.map((one) => checkOf(one, noMetrics)).filter((one) => one !== undefined)
  if (checks.length > 0) return { checks }
  const message = sorted.length === 0 ? 'none in this cluster' : `${sorted.length}, none says that it lacks its metric`
  return { checks: [check.ok(message)] }
}
