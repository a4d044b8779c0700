import type { AutoscalerState, Condition, Reading } from '../model/diagnosis.ts'
import { about, type Section, type Step, unread } from './step.ts'

/**
 * Reasons of the horizontal pod autoscaler's conditions (kubernetes, pkg/controller/podautoscaler/horizontal.go): those of
 * metrics that other servers serve, and the one of an autoscaler that was switched off by zero replicas.
 */
const OF_OTHERS: ReadonlySet<string> = new Set([
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
])
const SWITCHED_OFF = 'ScalingDisabled'

const REMEDIES = new Map([
  ['FailedGetScale', 'does the target of spec.scaleTargetRef exist, and has it a scale subresource?'],
  ['FailedUpdateScale', 'does the target of spec.scaleTargetRef exist, and has it a scale subresource?'],
  ['InvalidSelector', 'mend the selector of its target'],
  ['AmbiguousSelector', 'let no two autoscalers select the same pods'],
  ['InvalidMetricSourceType', 'mend spec.metrics'],
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

function stepOf(autoscaler: AutoscalerState): Step | undefined {
  const condition = troubled(autoscaler)
  if (condition === undefined) return undefined
  const step = about('autoscaler', `${autoscaler.namespace}/${autoscaler.name}`)
  const message = `${condition.type} is False, ${condition.reason}: ${condition.message}`
  if (OF_OTHERS.has(condition.reason)) return step.note(`${message} (another server serves that metric)`)
  return step.failed(message, remedyOf(condition))
}

const keyOf = ({ namespace, name }: AutoscalerState): string => `${namespace}/${name}`

/** The autoscalers that cannot do their work, and why. */
export function autoscalersSection(reading: Reading<AutoscalerState[]>): Section {
  const step = about('autoscalers')
  if (!('found' in reading)) {
    if (reading.trouble === 'absent') return { steps: [step.note('this apiserver has no autoscaling/v2')] }
    const right = 'list horizontalpodautoscalers.autoscaling'
    return { steps: [unread(step, reading, { right, absent: ['', ''] })] }
  }
  const sorted = reading.found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const steps = sorted.map(stepOf).filter((one) => one !== undefined)
  if (steps.length > 0) return { steps }
  return {
    steps: [step.ok(sorted.length === 0 ? 'there are none' : `${sorted.length}, none says that it lacks its metric`)],
  }
}
