import type { NodeRecord } from '../model/cluster-objects.ts'
import type { EndpointTried, KubeletFindings, ServedSample } from '../model/diagnosis.ts'
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
function typed(node: NodeRecord, hostPort: string): string {
  const host = hostPort.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const type = node.addresses.find(({ address }) => address === host)?.type
  return type === undefined ? hostPort : `${hostPort} (${type})`
}

function addressStep({ node, findings }: NodeView): Step {
  const step = about('node-address', node.name)
  if (findings.fault !== undefined) return step.failed(findings.fault.what, findings.fault.remedy)
  const last = findings.addresses.at(-1)
  const chosen = last === undefined ? 'none' : typed(node, last.address)
  const before = findings.addresses.slice(0, -1).map(({ address, fault }) => `${typed(node, address)}: ${fault?.what}`)
  // As long as none of them answers, that is what node-tcp says.
  if (before.length === 0 || last?.stage === 'tcp') return step.ok(chosen)
  return step.note(
    `${chosen}, after ${before.join('; ')}`,
    'name the type that works first in --kubelet-preferred-address-types',
  )
}

function tcpStep({ node, findings }: NodeView): Step {
  const step = about('node-tcp', node.name)
  const last = findings.addresses.at(-1)
  if (last?.stage !== 'tcp') return step.ok('connected')
  const all = findings.addresses.map(({ address, fault }) => `${typed(node, address)}: ${fault?.what}`)
  return step.failed(all.join('; '), last.fault?.remedy ?? '')
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
  const answered = faults.some((fault) => fault === undefined || ['forbidden', 'not-found'].includes(fault.reason))
  return answered ? step.ok('accepted') : step.skipped('no answer tells')
}

function endpointStep(node: NodeRecord, { endpoint, path, fault, needed }: EndpointTried): Step {
  const step = about(`node-${endpoint}`, node.name)
  if (fault === undefined) return step.ok(`${path} answers`)
  // 401 is told by node-authentication.
  if (fault.reason === 'unauthorized') return step.skipped(`${path}: not authenticated`)
  if (needed) return step.failed(fault.what, fault.remedy)
  return step.note(`${fault.what}; the server does without it`)
}

function summaryOf(view: NodeView, sample: Step | undefined): Step {
  const { node, findings } = view
  const { certificate, clockAheadMs } = findings
  const parts = [
    typed(node, findings.addresses.at(-1)?.address ?? ''),
    ...(certificate === undefined ? [] : [`certificate ${tlsStep(view).message}`]),
    `${findings.endpoints.map(({ path }) => path).join(' and ')} answer`,
    ...(clockAheadMs === undefined ? [] : [`clock ${signedSeconds(clockAheadMs)}`]),
    ...(sample === undefined ? [] : [sample.message]),
  ]
  return about('node', node.name).ok(parts.join('; '))
}

/** A node's steps up to the one that fails for good. What comes after could not be looked at, and is left out. */
export function nodeSection(view: NodeView): Section {
  const { node, findings, served } = view
  const sample = served === undefined ? undefined : sampleStep(node.name, served.get(node.name), view)
  const ending = sample === undefined ? [] : [sample]
  const summary = summaryOf(view, sample)
  const steps: Step[] = []
  for (const make of [addressStep, tcpStep, tlsStep]) {
    const step = make(view)
    steps.push(step)
    if (step.status === 'failed') return { steps: [...steps, ...ending], summary }
  }
  steps.push(authenticationStep(view))
  for (const endpoint of findings.endpoints) steps.push(endpointStep(node, endpoint))
  if (findings.clockAheadMs !== undefined) {
    steps.push(clockStep(about('node-clock', node.name), findings.clockAheadMs))
  }
  return { steps: [...steps, ...ending], summary }
}
