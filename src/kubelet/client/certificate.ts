import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { oneLine } from '../../model/log.ts'
import { MAX_EXPONENT_BITS, MAX_RSA_BITS } from '../../tls/certificate.ts'
import type { ServerCertificateFault } from '../../tls/peer-certificates.ts'
import { ipv4Of } from './addresses.ts'

/** Why a kubelet's certificate was not accepted. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  /** Node's code of the verification (CERT_HAS_EXPIRED, …), or one of ours: WRONG_NAME, KEY_TOO_LARGE, NO_CERTIFICATE, CERT_UNACCEPTABLE. */
  readonly code: string
  /** It is this server's own, or one that an API server made for itself. */
  readonly isApiServers: boolean

  constructor(code: string, message: string, isApiServers = false) {
    super(message)
    this.code = code
    this.isApiServers = isApiServers
  }
}

/** The subject alternative names as OpenSSL writes them: "DNS:node-1", "IP Address:10.0.0.1". */
function alternativeNames(certificate: X509Certificate): readonly string[] {
  // OpenSSL quotes names with unusual characters; no DNS name that is looked for has them.
  const plain = certificate.subjectAltName?.replace(/"(?:[^"\\]|\\.)*"/g, '') ?? ''
  return plain.split(', ').filter((name) => /^[\w ]+:./.test(name))
}

/** Go's rule (crypto/x509, validHostname). */
function isHostname(name: string, isPattern: boolean): boolean {
  const labels = (isPattern ? name : name.replace(/\.$/, '')).split('.')
  if (labels.length === 1 && labels[0] === '*') return false
  return labels.every((label, i) => /^[a-z0-9_][a-z0-9_-]*$/.test(label) || (isPattern && i === 0 && label === '*'))
}

/**
 * Whether a DNS name of a certificate stands for a host, by Go's rules (crypto/x509, VerifyHostname): a `*` is one whole
 * label, the first, of as many labels as there are. Node.js and OpenSSL want two more labels after it, Go wants one.
 */
export function matchesHost(pattern: string, host: string): boolean {
  const [wanted, name] = [pattern.toLowerCase(), host.toLowerCase()]
  if (!isHostname(wanted, true) || !isHostname(name, false)) return wanted === name && !/^\.?$/.test(name)
  const labels = name.replace(/\.$/, '').split('.')
  const wantedLabels = wanted.split('.')
  return (
    labels.length === wantedLabels.length &&
    wantedLabels.every((label, i) => label === labels[i] || (i === 0 && label === '*'))
  )
}

/** An IPv4 address and the same mapped into IPv6 (RFC 4291 2.5.5.2) are one, as in Go. */
function isForAddress(certificate: X509Certificate, ip: string): boolean {
  const ipv4 = ipv4Of(ip)
  const forms = ipv4 === undefined ? [ip] : [ipv4, `::ffff:${ipv4}`]
  return forms.some((form) => certificate.checkIP(form) !== undefined)
}

const isFor = (certificate: X509Certificate, name: string): boolean =>
  isIP(name) === 0
    ? alternativeNames(certificate).some((one) => one.startsWith('DNS:') && matchesHost(one.slice(4), name))
    : isForAddress(certificate, name)

/**
 * Whether the certificate is that of the kubelet we mean: it names the address connected to, or it names the node. The
 * self-signed certificate that a kubelet makes for itself, and many that clusters sign, have no SAN for the node's IP;
 * the node's name comes from the apiserver, so that it is no weaker a proof than an address from there.
 */
function namesKubelet(certificate: X509Certificate, address: string, nodeName: string): boolean {
  return isFor(certificate, address) || isFor(certificate, nodeName)
}

const SHOWN_NAMES = 5

/** "DNS:node-1, IP Address:10.0.0.1 and 14 more" */
export function shownNames(certificate: X509Certificate): string {
  const names = alternativeNames(certificate)
  if (names.length === 0) return 'none'
  const shown = names.slice(0, SHOWN_NAMES).map((name) => oneLine(name, 80))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

const MAX_EXPONENT = 2n ** BigInt(MAX_EXPONENT_BITS)

/** A certificate's RSA key that is larger than any in use, for a message. */
function largeKey(certificate: X509Certificate): string | undefined {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails } = certificate.publicKey
    if (type !== 'rsa' && type !== 'rsa-pss') return undefined
    const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
    if (modulusLength > MAX_RSA_BITS) return `an RSA key of ${modulusLength} bits, more than ${MAX_RSA_BITS}`
    return publicExponent >= MAX_EXPONENT ? 'an RSA key whose exponent has more than 32 bits' : undefined
  } catch {
    // OpenSSL cannot read the key: no signature is checked with it.
    return undefined
  }
}

/** The first key that is too large, of all the certificates that the peer sent. */
function firstLargeKey(leaf: X509Certificate): string | undefined {
  for (let one: X509Certificate | undefined = leaf; one !== undefined; one = one.issuerCertificate) {
    const found = largeKey(one)
    if (found !== undefined) return found
  }
  return undefined
}

/** What the verification's codes mean. The others speak for themselves. */
const UNVERIFIED: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  INVALID_PURPOSE: 'is not for servers (extended key usage)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is signed by an authority that is not trusted',
}

/** The issuer of certificates that API servers create for themselves (client-go, GenerateSelfSignedCertKey). */
const SELF_MADE = /^CN=localhost(-ca)?@\d+$/

interface CertificateExpectation {
  /** The address connected to. */
  readonly host: string
  readonly nodeName: string
  /** Why it chains to no trusted authority. */
  readonly unverified: ServerCertificateFault | undefined
  /** Any certificate is accepted. */
  readonly insecure: boolean
  /** Whether it is one that this server itself serves with. */
  isOwn(certificate: X509Certificate): boolean
}

/** What is wrong with a kubelet's certificate; `undefined` when the credential may be sent to it. */
export function certificateFault(
  certificate: X509Certificate | undefined,
  { host, nodeName, unverified, insecure, isOwn }: CertificateExpectation,
): CertificateError | undefined {
  if (certificate === undefined) {
    return insecure ? undefined : new CertificateError('NO_CERTIFICATE', 'the kubelet showed no certificate')
  }
  const large = firstLargeKey(certificate)
  if (large !== undefined) return new CertificateError('KEY_TOO_LARGE', `the kubelet shows a certificate with ${large}`)
  if (insecure) return undefined
  const fault = (code: string, what: string, more: string): CertificateError => {
    const own = isOwn(certificate)
    const whose = own ? "the certificate is this server's own: it has reached itself; it" : 'the certificate'
    const described = `its names are ${shownNames(certificate)}, its issuer is ${oneLine(certificate.issuer, 120)}${more}`
    const message = `${whose} ${what} (${code}): ${described}`
    return new CertificateError(code, message, own || SELF_MADE.test(certificate.issuer))
  }
  if (unverified !== undefined) {
    const validity = `, valid from ${certificate.validFrom} to ${certificate.validTo}`
    const { code, reason } = unverified
    return fault(code, UNVERIFIED[code] ?? `is not accepted${reason === undefined ? '' : `: ${reason}`}`, validity)
  }
  if (namesKubelet(certificate, host, nodeName)) return undefined
  const expected = host === nodeName ? nodeName : `${host} or ${nodeName}`
  return fault('WRONG_NAME', `is not for ${expected}`, '')
}
