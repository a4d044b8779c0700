import type { KubeletCertificate } from '../../sim/kubelet/certificate.ts'
import type { KubeletFault } from '../../sim/kubelet/faults.ts'

/** A node that is not well: how it is made so, and what the doctor has to say of it. */
export interface Bad {
  readonly what: string
  readonly is: KubeletFault | KubeletCertificate | { readonly clockMs: number }
  readonly check: string
  readonly status: 'failed' | 'note'
  readonly says: RegExp
  readonly fix?: RegExp
}

const status = (code: number, only?: 'summary' | 'resource'): KubeletFault =>
  only === undefined ? { kind: 'status', status: code } : { kind: 'status', status: code, only }

export const BAD: readonly Bad[] = [
  {
    what: 'is down',
    is: { kind: 'refuse' },
    check: 'tcp',
    status: 'failed',
    says: /ECONNREFUSED/,
    fix: /kubelet-port/,
  },
  {
    what: 'does not answer in time',
    is: { kind: 'hang' },
    check: 'summary',
    status: 'failed',
    says: /no whole answer within 1000 ms/,
    fix: /--kubelet-request-timeout/,
  },
  {
    what: 'has a certificate of an unknown authority',
    is: 'self-signed',
    check: 'tls',
    status: 'failed',
    says: /not trusted .*its issuer is CN=.*-ca/,
    fix: /--kubelet-certificate-authority/,
  },
  {
    what: 'has a certificate for another name',
    is: 'wrong-name',
    check: 'tls',
    status: 'failed',
    says: /is not for 127\.0\.0\.1 or node-\d+ .*names are DNS:not-node-\d+/,
    fix: /--kubelet-preferred-address-types/,
  },
  {
    what: 'has an expired certificate',
    is: 'expired',
    check: 'tls',
    status: 'failed',
    says: /EXPIRED/,
    fix: /rotate/,
  },
  {
    what: 'does not know us',
    is: status(401),
    check: 'authentication',
    status: 'failed',
    says: /answered 401/,
    fix: /authentication\.webhook/,
  },
  {
    what: 'does not allow us anything',
    is: status(403),
    check: 'summary',
    status: 'failed',
    says: /answered 403/,
    fix: /nodes\/stats/,
  },
  {
    what: 'has neither endpoint',
    is: status(404),
    check: 'summary',
    status: 'failed',
    says: /answered 404/,
    fix: /--kubelet-metrics-source/,
  },
  { what: 'fails', is: status(500), check: 'summary', status: 'failed', says: /answered 500/, fix: /kubelet's log/ },
  { what: 'answers nonsense', is: { kind: 'garbage' }, check: 'summary', status: 'failed', says: /cannot be decoded/ },
  {
    what: "is reached where another node's kubelet answers",
    is: { kind: 'other-node', name: 'node-01' },
    check: 'summary',
    status: 'failed',
    says: /the kubelet of node node-01 answered/,
    fix: /one address/,
  },
  {
    what: 'has a clock that is behind',
    is: { clockMs: -90_000 },
    check: 'clock',
    status: 'failed',
    says: /its clock is (89|90)\.\d s behind ours/,
    fix: /chrony/,
  },
  {
    what: 'refuses only what the server can do without',
    is: status(403, 'summary'),
    check: 'summary',
    status: 'note',
    says: /answered 403.*does without/,
  },
  {
    what: 'lacks only what the server does not ask for',
    is: status(404, 'resource'),
    check: 'resource',
    status: 'note',
    says: /answered 404.*does without/,
  },
]

/** It refuses both endpoints. */
export const isForBoth = ({ is, check }: Bad): boolean =>
  check === 'summary' &&
  typeof is === 'object' &&
  'kind' in is &&
  is.kind === 'status' &&
  [403, 404].includes(is.status) &&
  is.only === undefined
