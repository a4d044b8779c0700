import { hash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { User } from '../model/identity.ts'
import { authoritiesOf } from '../tls/ca-bundle.ts'
import type { Certificate } from '../tls/certificate.ts'
import { findChains, type Validity } from '../tls/chain.ts'
import { readShownCertificates, ShownCertificatesError } from '../tls/peer-certificates.ts'
import type { TrustSource } from './trust.ts'

const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
/** Kubernetes' own (apimachinery, pkg/apis/asn1), read since 1.33. */
const KUBERNETES_UID = '1.3.6.1.4.1.57683.2'
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

const valuesOf = ({ attributes }: Certificate, type: string): string[] =>
  attributes.filter((attribute) => attribute.type === type).map(({ value }) => value)

/** The last common name, as Go's pkix.Name keeps it; empty when there is none. */
export const commonNameOf = (certificate: Certificate): string => valuesOf(certificate, COMMON_NAME).at(-1) ?? ''

/** A subject that names no user: `nobody` has no common name, `invalid` more than one UID, or an empty one. */
type CertificateHolder = User | 'nobody' | 'invalid'

/** Whom a verified client certificate names (apiserver, pkg/authentication/request/x509, CommonNameUserConversion). */
export function holderOf(certificate: Certificate): CertificateHolder {
  const name = commonNameOf(certificate)
  if (name === '') return 'nobody'
  const uids = valuesOf(certificate, KUBERNETES_UID)
  if (uids.length > 1 || uids[0] === '') return 'invalid'
  return {
    name,
    uid: uids[0],
    groups: valuesOf(certificate, ORGANIZATION),
    extra: new Map([[CREDENTIAL_ID, [`X509SHA256=${hash('sha256', certificate.x509.raw)}`]]]),
  }
}

/**
 * What the certificate that a client showed proves. `undefined` in place of chains: there is no bundle to verify
 * against.
 */
export interface CertificateVerification {
  /** Why the certificate cannot be used; it then proves nothing. */
  readonly fault: string | undefined
  readonly commonName: string
  readonly holder: CertificateHolder
  /** When the certificate leads to the front proxy's CA bundle; empty: never. */
  readonly frontProxy: readonly Validity[] | undefined
  /** When it leads to the client CA bundle; empty: never. */
  readonly client: readonly Validity[] | undefined
}

interface Bundles {
  readonly generation: number
  readonly frontProxy: readonly Certificate[] | undefined
  readonly client: readonly Certificate[] | undefined
}

/**
 * What came with the certificate is known because the server's TLS options forbid resumption (tls-server-options.ts).
 */
function verify(connection: TLSSocket, bundles: Bundles): CertificateVerification | undefined {
  try {
    const [leaf, ...others] = readShownCertificates(connection)
    if (leaf === undefined) return undefined
    const chainsTo = (roots: readonly Certificate[] | undefined) => roots && findChains(leaf, others, roots, 'client')
    return {
      fault: undefined,
      commonName: commonNameOf(leaf),
      holder: holderOf(leaf),
      frontProxy: chainsTo(bundles.frontProxy),
      client: chainsTo(bundles.client),
    }
  } catch (error) {
    // Another error is that of an HTTP/2 session that has just gone: a refusal either way.
    const fault = error instanceof ShownCertificatesError ? error.message : 'the connection is gone'
    return { fault, commonName: '', holder: 'invalid', frontProxy: [], client: [] }
  }
}

/** Verifies a connection's client certificate; `undefined` for one without TLS or without a certificate. */
export type ClientCertificateVerifier = (connection: TLSSocket) => CertificateVerification | undefined

/**
 * Verifies once for each connection and generation of the trust, because signatures cost and requests on a kept-alive
 * connection are many. The handshake's own verdict (`socket.authorized`) does not count: it was given on both bundles
 * at once, as they were then, so it neither distinguishes the two nor follows a new one.
 */
export function createClientCertificateVerifier(trust: TrustSource): ClientCertificateVerifier {
  const known = new WeakMap<TLSSocket, { generation: number; verification: CertificateVerification | undefined }>()
  let bundles: Bundles | undefined

  const currentBundles = (generation: number): Bundles => {
    if (bundles?.generation !== generation) {
      const { clientCaPem, requestHeader } = trust.current()
      bundles = { generation, frontProxy: authoritiesOf(requestHeader?.caPem), client: authoritiesOf(clientCaPem) }
    }
    return bundles
  }

  return (connection) => {
    const generation = trust.generation()
    const cached = known.get(connection)
    if (cached?.generation === generation) return cached.verification
    const verification = verify(connection, currentBundles(generation))
    known.set(connection, { generation, verification })
    return verification
  }
}
