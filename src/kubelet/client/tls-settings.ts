import type { X509Certificate } from 'node:crypto'
import tls from 'node:tls'
import { authoritiesOf } from '../../tls/ca-bundle.ts'
import type { Certificate } from '../../tls/certificate.ts'

export interface KubeletTls {
  /** Accept any certificate, as `--kubelet-insecure-tls` asks. */
  readonly insecure: boolean
  /** PEM of the authorities; `undefined`: those that Node.js trusts. The cluster's own CA is the caller's to give. */
  readonly ca: string | undefined
  /** PEM of a client certificate and its key. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

export interface TlsSettings {
  readonly insecure: boolean
  /** One for all nodes: it saves about 25 KB and a sixth of the handshake for each of them. */
  readonly context: tls.SecureContext
  /** The authorities that the context trusts; `undefined`: those that Node.js trusts. */
  readonly roots: readonly Certificate[] | undefined
  /** Whether it is a certificate that this server itself serves with. */
  isOwn(certificate: X509Certificate): boolean
}

/**
 * Follows client-go's transport (k8s.io/client-go, transport/transport.go TLSConfigFor): TLS 1.2 at least, and any
 * certificate in the CA file is a root, also one that is not self-signed.
 * @throws Error when the PEM texts are none or do not belong together.
 */
export function createTlsSettings(
  { insecure, ca, cert, key }: KubeletTls,
  isOwn: TlsSettings['isOwn'] = () => false,
): TlsSettings {
  const context = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    allowPartialTrustChain: true,
    ...(ca !== undefined && !insecure && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  })
  return { insecure, context, roots: insecure ? undefined : authoritiesOf(ca), isOwn }
}
