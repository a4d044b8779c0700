import type { NodeRecord } from '../model/cluster-objects.ts'
import type { AddressTried, EndpointTried, KubeletFindings, ServedSample } from '../model/diagnosis.ts'
import { day } from './day.ts'
import { clockStep, signedSeconds } from './clock-step.ts'
import { sampleStep } from './sample-step.ts'
import { about, type Section, type Step } from './step.ts'

const SOON_MS = 7 * 86_400_000

export interface NodeView {
  readonly node: NodeRecord
  readonly findings: KubeletFindings
  /** `undefined` when it is not known what is served. */
  readonly served: ReadonlyMap<string, ServedSample> | undefined
  readonly resolutionMs: number
  readonly nowMs: number
}

/** "10.0.0.1:10250 (InternalIP)" */
const typed = ({ address, type }: AddressTried): string => `${address} (${type})`

const failed = (tried: AddressTried): string => `${typed(tried)}: ${tried.fault?.what}`

function addressStep({ node, findings }: NodeView): Step {
  const step = about('node-address', node.name)
  if (findings.fault !== undefined) return step.failed(findings.fault.what, findings.fault.remedy)
  const last = findings.addresses.at(-1)
  const chosen = last === undefined ? 'none' : typed(last)
  const before = findings.addresses.slice(0, -1).map(failed)
  // As long as none of them answers, that is what node-tcp says.
  if (before.length === 0 || last?.stage === 'tcp') return step.ok(chosen)
  return step.note(
    `${chosen}, after ${before.join('; ')}`,
    'name the type that works first in --kubelet-preferred-address-types',
  )
}

function tcpStep({ node, findings }: NodeView): Step {
  const step = about('node-tcp', node.name)
  const { unreachable } = findings
  if (unreachable !== undefined) return step.failed(unreachable.what, unreachable.remedy)
  return step.ok('connected')
}

function tlsStep({ node, findings, nowMs }: NodeView): Step {
  const step = about('node-tls', node.name)
  const last = findings.addresses.at(-1)
  if (last?.fault !== undefined) return step.failed(`${last.address}: ${last.fault.what}`, last.fault.remedy)
  const { certificate } = findings
  if (certificate === undefined) return step.ok('plain HTTP, as the flags ask')
  const { names, issuer, validToMs, verified } = certificate
  const proven = verified ? '' : ', not verified, as the flags ask'
  const message = `${names}, issued by ${issuer}, until ${day(validToMs)}${proven}`
  if (!verified || validToMs - nowMs > SOON_MS) return step.ok(message)
  return step.note(`${message}: that is soon`, 'let the kubelet rotate it: serverTLSBootstrap and rotateCertificates')
}

/** A kubelet that lets us in says so by any other answer than 401. */
function authenticationStep({ node, findings }: NodeView): Step {
  const step = about('node-authentication', node.name)
  const faults = findings.endpoints.map(({ fault }) => fault)
  const refused = faults.find((fault) => fault?.reason === 'unauthorized')
  if (refused !== undefined) return step.failed(refused.what, refused.remedy)
  const letIn = ['forbidden', 'not-found', 'other-node']
  const answered = faults.some((fault) => fault === undefined || letIn.includes(fault.reason))
  return answered ? step.ok('accepted') : step.skipped('no answer tells')
}

function endpointStep({ node }: NodeView, { endpoint, path, fault, needed }: EndpointTried): Step {
  const step = about(`node-${endpoint}`, node.name)
  if (fault === undefined) return step.ok(`${path} answers`)
  // 401 is told by node-authentication.
  if (fault.reason === 'unauthorized') return step.skipped(`${path}: not authenticated`)
  if (needed) return step.failed(fault.what, fault.remedy)
  const remedy = fault.reason === 'forbidden' ? fault.remedy : undefined
  return step.note(`${fault.what}; the server does without it`, remedy)
}

function summaryOf(view: NodeView, sample: Step | undefined): Step {
  const { node, findings } = view
  const { addresses, certificate, clockAheadMs } = findings
  const parts = [
    ...addresses.slice(-1).map(typed),
    ...(certificate === undefined ? [] : [`certificate ${tlsStep(view).message}`]),
    `${findings.endpoints.map(({ path }) => path).join(' and ')} answer`,
    ...(clockAheadMs === undefined ? [] : [`clock ${signedSeconds(clockAheadMs)}`]),
    ...(sample === undefined ? [] : [sample.message]),
  ]
  return about('node', node.name).ok(parts.join('; '))
}

/** What is served of the node. Where a step before it failed that follows, and is no fault of its own. */
function consequence(name: string, sample: Step, steps: readonly Step[]): Step {
  const cause = steps.find(({ status }) => status === 'failed')
  if (cause === undefined || sample.status !== 'failed') return sample
  return about(sample.check, name).note(`${sample.message}; that follows from ${cause.check}`)
}

/** A node's steps up to the one that fails for good. What comes after could not be looked at, and is left out. */
export function nodeSection(view: NodeView): Section {
  const { node, findings, served } = view
  const sample = served === undefined ? undefined : sampleStep(node.name, served.get(node.name), view)
  const steps: Step[] = []
  const reached = [addressStep, tcpStep, tlsStep].every((make) => {
    const step = make(view)
    steps.push(step)
    return step.status !== 'failed'
  })
  if (reached) steps.push(authenticationStep(view), ...findings.endpoints.map((one) => endpointStep(view, one)))
  const ending = sample === undefined ? [] : [consequence(node.name, sample, steps)]
  if (reached && findings.clockAheadMs !== undefined) {
    steps.push(clockStep(about('node-clock', node.name), findings.clockAheadMs))
  }
  return { steps: [...steps, ...ending], summary: summaryOf(view, sample) }
}
