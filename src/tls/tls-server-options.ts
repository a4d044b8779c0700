import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

export interface TlsChoices {
  /** `--tls-min-version`; TLS 1.2 is the least. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /**
   * `--tls-cipher-suites` in OpenSSL's names, most wanted first, joined by colons. Those of TLS 1.3 have to be among
   * them: Node turns TLS 1.3 off when none is, while Go offers it whatever is configured.
   */
  readonly openSslCiphers: string
  /** `--tls-curve-preferences` in OpenSSL's names, joined by colons; `undefined`: the default. */
  readonly openSslCurves?: string | undefined
}

/**
 * How the server speaks TLS, for `createServer` and for each `setSecureContext`.
 *
 * Sessions are not resumed: OpenSSL's tickets carry the client's own certificate but not the intermediates it came
 * with, so a resumed connection could not prove what the first one did. The kube-apiserver keeps its connections and
 * resumes none. Renegotiation is off, as in Go: who is at the other end stays the same for the life of a connection.
 */
export function tlsServerOptions({ minVersion, openSslCiphers, openSslCurves }: TlsChoices): SecureContextOptions {
  return {
    minVersion,
    ciphers: openSslCiphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ...(openSslCurves === undefined ? {} : { ecdhCurve: openSslCurves }),
  }
}
