/** OpenSSL's names of Go's cipher suites, by Go's names; `undefined` where OpenSSL no longer has the suite. */
const OPENSSL_NAMES = new Map<string, string | undefined>([
  ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_RC4_128_SHA', undefined],
  ['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', undefined],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', undefined],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', undefined],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_RSA_WITH_RC4_128_SHA', undefined],
])

/** Go has these on whatever is configured (crypto/tls, Config.CipherSuites). */
const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** What Go offers up to TLS 1.2 when nothing is configured, in its order of preference. */
const GO_DEFAULTS = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
]

/** Go's names (crypto/tls), secure and insecure ones, sorted. */
export const CIPHER_SUITE_NAMES: readonly string[] = [...OPENSSL_NAMES.keys()].sort()

/** OpenSSL's names of key exchange groups, by their numbers in TLS that Go knows (crypto/tls, CurveID). */
const GROUPS = new Map([
  [23, 'P-256'],
  [24, 'P-384'],
  [25, 'P-521'],
  [29, 'X25519'],
  [4587, 'SecP256r1MLKEM768'],
  [4588, 'X25519MLKEM768'],
  [4589, 'SecP384r1MLKEM1024'],
])

interface CipherChoice {
  /** For the `ciphers` of a TLS server. */
  readonly openSsl: string
  /** Names that Go does not know. */
  readonly unknown: readonly string[]
  /** Names that Go knows and OpenSSL does not offer: left out. */
  readonly unavailable: readonly string[]
}

/** Translates cipher suites from Go's names; none means Go's default choice. */
export function chooseCiphers(goNames: readonly string[]): CipherChoice {
  const wanted = goNames.length === 0 ? GO_DEFAULTS : goNames
  const known = [...TLS13, ...wanted].map((name) => OPENSSL_NAMES.get(name))
  return {
    openSsl: [...new Set(known.filter((name) => name !== undefined))].join(':'),
    unknown: wanted.filter((name) => !OPENSSL_NAMES.has(name)),
    unavailable: wanted.filter((name) => OPENSSL_NAMES.has(name) && OPENSSL_NAMES.get(name) === undefined),
  }
}

/** Whether Go would serve HTTP/2 with these suites (x/net/http2, ConfigureServer: RFC 7540 section 9.2.2). */
export const allowHttp2 = (goNames: readonly string[]): boolean =>
  goNames.length === 0 || goNames.some((name) => /^TLS_ECDHE_(RSA|ECDSA)_WITH_AES_128_GCM_SHA256$/.test(name))

/** Translates key exchanges for the `ecdhCurve` of a TLS server; `undefined` means its default. */
export function chooseCurves(ids: readonly number[]): { openSsl: string | undefined; problem: string | undefined } {
  const wrong = ids.find((id) => !GROUPS.has(id))
  if (wrong !== undefined) {
    const known = [...GROUPS].map(([id, name]) => `${id} (${name})`).join(', ')
    return { openSsl: undefined, problem: `does not know the number ${wrong}; known are ${known}` }
  }
  if (new Set(ids).size < ids.length) return { openSsl: undefined, problem: 'has a number twice' }
  return { openSsl: ids.length === 0 ? undefined : ids.map((id) => GROUPS.get(id)).join(':'), problem: undefined }
}
