import { errors } from 'undici'
import type { ExchangeError } from './connection.ts'
import { type DecodeError, ScrapeReportedError } from './decode-error.ts'
import { ConnectTimeoutError, DialError } from './dial.ts'
import { type Answer, RefusedAnswerError } from './exchange.ts'
import { CertificateError } from './identity.ts'
import type { KubeletFault } from './kubelet-error.ts'
import { oneLine } from '../model/one-line.ts'
import { excerpt } from './excerpt.ts'

/** The whole request took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** The node, or the whole client, was closed while it was asked. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError'
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? oneLine(code, 60) : 'unknown cause'
}

const TRUST =
  'give the CA that issued it in --kubelet-certificate-authority, or set serverTLSBootstrap: true in the kubelet and approve its CSR'
const CLOCKS = 'renew it (the kubelet does with serverTLSBootstrap and rotateCertificates), and compare the clocks'
const NAMES =
  'put the address types that it names first in --kubelet-preferred-address-types, or set serverTLSBootstrap: true in the kubelet'
const INSECURE = '(--kubelet-insecure-tls would accept any certificate)'
const OUT_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

function certificateFault(error: CertificateError): KubeletFault {
  const remedy = error.code === 'WRONG_NAME' ? NAMES : OUT_OF_TIME.has(error.code) ? CLOCKS : TRUST
  return { reason: 'tls', what: error.message, remedy: `${remedy} ${INSECURE}`, cause: error }
}

const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])

function connectRemedy(cause: unknown): string {
  const code = codeOf(cause)
  if (UNRESOLVED.has(code))
    return 'the name does not resolve here: name InternalIP in --kubelet-preferred-address-types'
  if (code === 'ECONNREFUSED')
    return 'is the kubelet running, and is --kubelet-port right (or --kubelet-use-node-status-port)?'
  return 'is the address reachable from here (routes, network policies, firewalls, --kubelet-preferred-address-types)?'
}

function dialFault({ stage, cause }: DialError): KubeletFault {
  if (cause instanceof CertificateError) return certificateFault(cause)
  const what = cause instanceof ConnectTimeoutError ? cause.message : codeOf(cause)
  if (stage === 'tcp') {
    return { reason: 'connection', what: `cannot connect (${what})`, remedy: connectRemedy(cause), cause }
  }
  const remedy = 'does a kubelet with TLS listen on that port, and does it accept the client certificate?'
  return { reason: 'tls', what: `the TLS handshake failed (${what})`, remedy, cause }
}

/** Why a scrape was ended from our side. */
export function endFault(cause: unknown, requestTimeoutMs: number, sofar = 'getting credentials'): KubeletFault {
  if (cause instanceof ClosedError) {
    return { reason: 'closed', what: 'it is no longer scraped', remedy: 'nothing is to be done', cause }
  }
  const remedy = 'is the kubelet overloaded or its traffic dropped? --kubelet-request-timeout gives it more time'
  return { reason: 'timeout', what: `no whole answer within ${requestTimeoutMs} ms (${sofar})`, remedy, cause }
}

/** A mistake of this program's own: it costs the one node, and its cause is kept. */
export function unexpectedFault(cause: unknown): KubeletFault {
  const what = `unexpected: ${cause instanceof Error ? cause.name : typeof cause}`
  return { reason: 'malformed', what, remedy: 'please report this with the log', cause }
}

/** The Authorization header could not be had. */
export function credentialFault(cause: unknown): KubeletFault {
  const what = 'the credentials for kubelets cannot be read'
  return { reason: 'unauthorized', what, remedy: "see this server's service account or --kubeconfig", cause }
}

/** Why no answer came. `requestTimeoutMs` is for the message. */
export function exchangeFault(error: ExchangeError, requestTimeoutMs: number): KubeletFault {
  const { cause, phase, received } = error
  const sofar = phase === 'reading the answer' ? `${phase}, after ${received} bytes` : phase
  if (cause instanceof DialError) return dialFault(cause)
  if (cause instanceof RefusedAnswerError) {
    return { reason: cause.reason, what: cause.message, remedy: 'is it a kubelet that listens there?', cause }
  }
  if (cause instanceof ClosedError || cause instanceof DeadlineError) return endFault(cause, requestTimeoutMs, sofar)
  if (cause instanceof errors.HeadersOverflowError) {
    return {
      reason: 'too-large',
      what: "the answer's headers are too long",
      remedy: 'is it a kubelet that listens there?',
      cause,
    }
  }
  if (cause instanceof errors.HTTPParserError || cause instanceof errors.ResponseContentLengthMismatchError) {
    const remedy = 'does a kubelet listen on that port, with the scheme that is expected?'
    return { reason: 'malformed', what: `the answer is no HTTP (${codeOf(cause)})`, remedy, cause }
  }
  // In TLS 1.3 a kubelet refuses a client certificate only after our side holds the handshake for done.
  if (codeOf(cause).startsWith('ERR_SSL_')) return dialFault(new DialError('tls', cause))
  const remedy = 'did the kubelet restart, or does it demand a client certificate? If it lasts, its log tells'
  return { reason: 'connection', what: `the connection broke while ${sofar} (${codeOf(cause)})`, remedy, cause }
}

const resourceOf = (path: string): string => (path.startsWith('/stats/') ? 'nodes/stats' : 'nodes/metrics')

/** Why an answer that is not 200 is of no use. */
export function statusFault(path: string, { status, body }: Answer, authorization: string | undefined): KubeletFault {
  const said = excerpt(body, authorization)
  const what = `${oneLine(path, 100)} answered ${status}${said === '' ? '' : ` "${said}"`}`
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
        : "the kubelet's log on the node tells more"
      return { reason: 'http-status', what, remedy }
    }
  }
}

/** Why an answer could not be decoded. */
export function decodeFault(path: string, error: DecodeError): KubeletFault {
  if (error instanceof ScrapeReportedError) {
    const remedy = "the kubelet's log on the node tells why (often its container runtime)"
    return { reason: 'scrape-error', what: error.message, remedy, cause: error }
  }
  const what = `the answer of ${oneLine(path, 100)} cannot be decoded: ${error.message}`
  return { reason: 'malformed', what, remedy: 'is it a kubelet that listens there?', cause: error }
}
