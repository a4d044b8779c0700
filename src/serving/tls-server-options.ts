import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

export interface TlsChoices {
  /** `--tls-min-version`; less than TLS 1.2 is not to be had. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** `--tls-cipher-suites` in OpenSSL's names, in order of preference; `undefined` or empty: the default. */
  readonly openSslCiphers: readonly string[] | undefined
}

/** Go offers these whatever `--tls-cipher-suites` says; Node turns TLS 1.3 off when none of them is named. */
const TLS_1_3 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
/** Forward-secret and authenticated, the only kinds that HTTP/2 allows (RFC 9113, appendix A), in Go's order. */
const TLS_1_2 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

/**
 * How the server speaks TLS.
 *
 * Sessions are not resumed: OpenSSL's tickets carry the client's own certificate but not the intermediates it came with,
 * so a resumed connection could not prove what the first one did. The kube-apiserver keeps its connections and resumes
 * none. Renegotiation is off, as in Go: who is at the other end stays the same for the life of a connection.
 */
export function tlsServerOptions({
  minVersion,
  openSslCiphers,
}: TlsChoices): Required<Pick<SecureContextOptions, 'minVersion' | 'ciphers' | 'honorCipherOrder' | 'secureOptions'>> {
  const asked = openSslCiphers?.filter((cipher) => !TLS_1_3.includes(cipher)) ?? []
  return {
    minVersion,
    ciphers: [...TLS_1_3, ...(openSslCiphers?.length ? asked : TLS_1_2)].join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  }
}
