import type { ServedSample } from '../model/diagnosis.ts'
import { about, type Step } from './step.ts'

/** Node values can be 15 s old when the kubelet gives them. */
const KUBELET_AGE_MS = 15_000

/** Whether a node's usage is served, and how old it is. */
export function sampleStep(
  name: string,
  sample: ServedSample | undefined,
  { resolutionMs, nowMs }: { readonly resolutionMs: number; readonly nowMs: number },
): Step {
  const step = about('node-sample', name)
  const log = 'the log of the server says why, with the name of the node'
  if (sample === undefined) return step.failed('no usage of it is served', `see its other steps; ${log}`)
  const { timestampMs, window } = sample
  if (!Number.isFinite(timestampMs)) return step.failed('its usage has no timestamp', 'who serves this API?')
  const ageMs = nowMs - timestampMs
  const aged = `last sample ${(ageMs / 1000).toFixed(1)} s old, over ${window}`
  if (ageMs <= 2 * resolutionMs + KUBELET_AGE_MS) return step.ok(aged)
  return step.failed(`${aged}: more than two --metric-resolution`, `see its other steps; ${log}`)
}
