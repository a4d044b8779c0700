import { isIP } from 'node:net'
import { errors } from 'undici'
import type { AddressType, NodeRecord } from '../../model/cluster-objects.ts'
import { oneLine } from '../../model/log.ts'
import { type DecodeError, ScrapeReportedError } from '../decode/response-reader.ts'
import { CertificateError } from './certificate.ts'
import {
  ClosedError,
  ConnectTimeoutError,
  DeadlineError,
  ConnectError,
  type RequestError,
  type KubeletFault,
  RefusedResponseError,
} from './errors.ts'
import type { KubeletResponse } from './response-handler.ts'

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? oneLine(code, 60) : 'unknown cause'
}

/** What a fault's text depends on. */
export interface FaultContext {
  readonly node: NodeRecord
  readonly preferredAddressTypes: readonly AddressType[]
  readonly requestTimeoutMs: number
  /** The header that was sent, so that no part of it is quoted. */
  readonly authorization: string | undefined
}

const TRUST =
  'give the CA that issued it in --kubelet-certificate-authority, or set serverTLSBootstrap: true in the kubelet and approve its CSR'
const CLOCKS = 'renew it (the kubelet does with serverTLSBootstrap and rotateCertificates), and compare the clocks'
const NAMES =
  'put the address types that it names first in --kubelet-preferred-address-types, or set serverTLSBootstrap: true in the kubelet'
const PURPOSE = 'the kubelet must serve with a certificate for servers (serverAuth), not with its client certificate'
const INSECURE = '(--kubelet-insecure-tls would accept any certificate)'
const REMEDIES: Readonly<Record<string, string>> = {
  WRONG_NAME: NAMES,
  CERT_HAS_EXPIRED: CLOCKS,
  CERT_NOT_YET_VALID: CLOCKS,
  INVALID_PURPOSE: PURPOSE,
}
const OWN_ADDRESS =
  "is this the address and port of this server itself, or of a replica of it (hostNetwork with the kubelet's port 10250, or a node that is its only pod, as on Fargate)? Give --secure-port and containerPort another port, such as 10251"

function certificateFault(error: CertificateError, { authorization }: FaultContext): KubeletFault {
  const { code, message, isApiServers } = error
  const what = quotable(message, authorization) ? message : `the certificate is not accepted (${code})`
  if (code === 'KEY_TOO_LARGE') {
    return { reason: 'tls', what, remedy: 'let the kubelet make a new key (2048 bits are usual)', cause: error }
  }
  const remedy = isApiServers ? OWN_ADDRESS : `${REMEDIES[code] ?? TRUST} ${INSECURE}`
  return { reason: 'tls', what, remedy, cause: error }
}

const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])

function resolveRemedy({ node, preferredAddressTypes }: FaultContext): string {
  const ip = node.addresses.find(({ type }) => type === 'InternalIP')
  if (ip !== undefined && !preferredAddressTypes.includes('InternalIP')) {
    return 'the name does not resolve here: name InternalIP in --kubelet-preferred-address-types'
  }
  return "the name does not resolve here: let the DNS of this server's pod know the nodes' names, or let the node have an InternalIP that can be used"
}

function connectRemedy(cause: unknown, context: FaultContext): string {
  const code = codeOf(cause)
  if (UNRESOLVED.has(code)) return resolveRemedy(context)
  if (code === 'ECONNREFUSED')
    return 'is the kubelet running, and is --kubelet-port right (or --kubelet-use-node-status-port)?'
  return 'is the address reachable from here (routes, network policies, firewalls, --kubelet-preferred-address-types)?'
}

/** A failed handshake; one TLS alert (RFC 8446 6.2) has a usual cause of its own. */
function handshakeFault(cause: unknown): KubeletFault {
  const code = codeOf(cause)
  if (/ALERT_INTERNAL_ERROR$/.test(code)) {
    return {
      reason: 'tls',
      what: `the kubelet has no serving certificate, as a rule because nobody has approved its certificate signing request (CSR): it ends TLS handshakes with the alert internal error (${code})`,
      remedy:
        'with serverTLSBootstrap: true each kubelet waits for its CSR: kubectl get csr, then kubectl certificate approve NAME',
      cause,
    }
  }
  const remedy = 'does a kubelet with TLS listen on that port, and does it accept the client certificate?'
  return { reason: 'tls', what: `the TLS handshake failed (${code})`, remedy, cause }
}

function connectFault({ stage, cause }: ConnectError, context: FaultContext): KubeletFault {
  if (cause instanceof CertificateError) return certificateFault(cause, context)
  if (cause instanceof ClosedError || cause instanceof DeadlineError) {
    return endFault(cause, context.requestTimeoutMs, stage === 'tcp' ? 'connecting' : 'in the TLS handshake')
  }
  if (stage === 'tls') return handshakeFault(cause)
  const what = cause instanceof ConnectTimeoutError ? cause.message : codeOf(cause)
  return { reason: 'connection', what: `cannot connect (${what})`, remedy: connectRemedy(cause, context), cause }
}

/** Why this server ended a scrape. */
export function endFault(cause: unknown, requestTimeoutMs: number, sofar = 'getting credentials'): KubeletFault {
  if (cause instanceof ClosedError) {
    return { reason: 'closed', what: 'it is no longer scraped', remedy: 'nothing is to be done', cause }
  }
  const remedy = 'is the kubelet overloaded or its traffic dropped? --kubelet-request-timeout gives it more time'
  return { reason: 'timeout', what: `no whole answer within ${requestTimeoutMs} ms (${sofar})`, remedy, cause }
}

/** A bug of this program: it costs one node, and its cause is kept. */
export function unexpectedFault(cause: unknown): KubeletFault {
  const what = `unexpected: ${cause instanceof Error ? cause.name : typeof cause}`
  return { reason: 'malformed', what, remedy: 'please report this with the log', cause }
}

/** The Authorization header could not be read. */
export function credentialFault(cause: unknown): KubeletFault {
  const what = 'the credentials for kubelets cannot be read'
  return { reason: 'unauthorized', what, remedy: "see this server's service account or --kubeconfig", cause }
}

const CUT = 'did the kubelet, or a proxy before it, restart?'

/** Why one address gave no response. */
export function requestFault(error: RequestError, context: FaultContext): KubeletFault {
  const { cause, phase, received } = error
  const sofar = phase === 'reading the answer' ? `${phase}, after ${received} bytes` : phase
  if (cause instanceof ConnectError) return connectFault(cause, context)
  if (cause instanceof RefusedResponseError) {
    const remedy = cause.reason === 'connection' ? CUT : 'is it a kubelet that listens there?'
    return { reason: cause.reason, what: cause.message, remedy, cause }
  }
  if (cause instanceof ClosedError || cause instanceof DeadlineError) {
    return endFault(cause, context.requestTimeoutMs, sofar)
  }
  if (cause instanceof errors.HeadersOverflowError) {
    return {
      reason: 'too-large',
      what: "the answer's headers are too long",
      remedy: 'is it a kubelet that listens there?',
      cause,
    }
  }
  if (cause instanceof errors.ResponseContentLengthMismatchError && received > 0) {
    const what = `the answer was cut: the connection ended after ${received} bytes, before its Content-Length`
    return { reason: 'connection', what, remedy: CUT, cause }
  }
  if (cause instanceof errors.HTTPParserError || cause instanceof errors.ResponseContentLengthMismatchError) {
    const remedy = 'does a kubelet listen on that port, with the scheme that is expected?'
    return { reason: 'malformed', what: `the answer is no HTTP (${codeOf(cause)})`, remedy, cause }
  }
  // In TLS 1.3 a kubelet refuses a client certificate only after the client has finished the handshake.
  if (codeOf(cause).startsWith('ERR_SSL_')) return handshakeFault(cause)
  const remedy = 'did the kubelet restart, or does it demand a client certificate? If it lasts, see its log'
  return { reason: 'connection', what: `the connection broke while ${sofar} (${codeOf(cause)})`, remedy, cause }
}

/** An address that gave no response. */
export interface AddressFailure {
  /** "InternalIP" */
  readonly type: string
  readonly host: string
  /** With its port. */
  readonly address: string
  readonly error: RequestError
}

const isEndedByUs = (cause: unknown): boolean =>
  cause instanceof ClosedError || (cause instanceof ConnectError && cause.cause instanceof ClosedError)

/** A fault in a list of others. The error code of a name that does not resolve varies, so it is left out. */
function briefly(error: RequestError, context: FaultContext): string {
  const { what } = requestFault(error, context)
  return error.cause instanceof ConnectError && UNRESOLVED.has(codeOf(error.cause.cause)) ? 'cannot be resolved' : what
}

/**
 * How much a failure says about the kubelet: most beyond TCP, then a refused connection, then silence. A name that does
 * not resolve says least, since many clusters give nodes a Hostname that DNS does not know.
 */
function significance({ host, error: { cause } }: AddressFailure): number {
  if (isEndedByUs(cause)) return 5
  if (!(cause instanceof ConnectError) || cause.stage === 'tls') return 4
  const code = codeOf(cause.cause)
  if (code === 'ECONNREFUSED') return 3
  if (UNRESOLVED.has(code)) return 0
  if (cause.cause instanceof DeadlineError && isIP(host) === 0) return 0
  return /UNREACH|ADDRNOTAVAIL/.test(code) ? 1 : 2
}

const NAMED_ADDRESSES = 4

/** The most significant failure, with the causes of all addresses in its text. `failures` is not empty. */
export function unansweredFault(
  failures: readonly AddressFailure[],
  context: FaultContext,
): AddressFailure & { readonly fault: KubeletFault } {
  const [first, ...others] = failures.toSorted((a, b) => significance(b) - significance(a))
  if (first === undefined) throw new RangeError('no address failed')
  const fault = requestFault(first.error, context)
  if (others.length === 0) return { ...first, fault }
  const named = others.slice(0, NAMED_ADDRESSES).map(({ type, address, error }) => {
    return `${oneLine(address, 80)} (${type}): ${briefly(error, context)}`
  })
  const more = others.length - named.length
  const also = `also tried ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
  return { ...first, fault: { ...fault, what: `${fault.what}; ${also}` } }
}

const resourceOf = (path: string): string => (path.startsWith('/stats/') ? 'nodes/stats' : 'nodes/metrics')

/** Why a response with another status than 200 cannot be used. */
export function statusFault(path: string, answer: KubeletResponse, authorization: string | undefined): KubeletFault {
  const { status, body, fromApiServer } = answer
  const answered = `${oneLine(path, 100)} answered ${status}`
  const isRefusal = status === 401 || status === 403
  // A server that refuses a credential may repeat it, so its text is not quoted.
  const said = isRefusal ? '' : excerpt(body, authorization)
  const what = `${answered}${said === '' ? '' : ` "${said}"`}`
  if (fromApiServer && (isRefusal || status === 404)) {
    const reason = status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : 'not-found'
    return { reason, what: `${answered}; an API server answers there, no kubelet`, remedy: OWN_ADDRESS }
  }
  switch (status) {
    case 401:
      return {
        reason: 'unauthorized',
        what,
        remedy:
          "does the kubelet authenticate bearer tokens (authentication.webhook.enabled), and is this server's token valid?",
      }
    case 403:
      return {
        reason: 'forbidden',
        what,
        remedy: `allow get on ${resourceOf(path)} to this server's service account (ClusterRole of its manifests)`,
      }
    case 404:
      return { reason: 'not-found', what, remedy: 'has the kubelet this endpoint? See --kubelet-metrics-source' }
    default: {
      const redirected = status >= 300 && status < 400
      const remedy = redirected
        ? 'redirects are never followed: is the address a proxy and not the kubelet?'
        : "the kubelet's log on the node has more"
      return { reason: 'http-status', what, remedy }
    }
  }
}

/** The fault when the kubelet of another node responded. */
export function otherNodeFault(other: string, authorization: string | undefined): KubeletFault {
  const whose = quotable(other, authorization) ? `the kubelet of node ${oneLine(other, 80)}` : "another node's kubelet"
  return {
    reason: 'other-node',
    what: `${whose} answered, not this node's: its metrics are not served`,
    remedy:
      'do several nodes have one address (NAT, a load balancer, a wrong InternalIP)? Compare kubectl get nodes -o wide, and give each node its own (--node-ip of the kubelet), or put a type of address that is right first in --kubelet-preferred-address-types',
  }
}

/** Why a response could not be decoded. */
export function decodeFault(path: string, error: DecodeError): KubeletFault {
  if (error instanceof ScrapeReportedError) {
    const remedy = "the kubelet's log on the node says why (often its container runtime)"
    return { reason: 'scrape-error', what: error.message, remedy, cause: error }
  }
  const what = `the answer of ${oneLine(path, 100)} cannot be decoded: ${error.message}`
  return { reason: 'malformed', what, remedy: 'is it a kubelet that listens there?', cause: error }
}

const EXCERPT_LENGTH = 120
const READ_BYTES = 4096
/** So many letters and digits of a credential in a row count as a part of it. */
const PIECE_LENGTH = 6

/** Letters and digits only, so that a credential is found when it is split or written differently. */
const squeezed = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * Whether a text from outside has no part of the credential in it. Otherwise none of the text is shown, since it may hold
 * more of the credential than is found.
 * @param authorization the whole header, "Bearer …".
 */
export function quotable(text: string, authorization: string | undefined): boolean {
  const token = squeezed(authorization?.slice(authorization.indexOf(' ') + 1) ?? '')
  if (token === '') return true
  const said = squeezed(text)
  if (token.length <= PIECE_LENGTH) return !said.includes(token)
  const pieces = new Set<string>()
  for (let i = 0; i + PIECE_LENGTH <= token.length; i++) pieces.add(token.slice(i, i + PIECE_LENGTH))
  for (let i = 0; i + PIECE_LENGTH <= said.length; i++) if (pieces.has(said.slice(i, i + PIECE_LENGTH))) return false
  return true
}

/** The beginning of a response body for a message; empty when a part of the credential is in it. */
function excerpt(body: Buffer, authorization: string | undefined): string {
  const text = body.toString('utf8', 0, READ_BYTES)
  if (!quotable(text, authorization)) return ''
  // It may be the credential of somebody else.
  return oneLine(text.replace(/[\w.~+/=-]{40,}/g, '[…]'), EXCERPT_LENGTH)
}
