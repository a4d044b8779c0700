import { CIPHER_SUITE_NAMES } from '../cipher-suites.ts'
import { flag } from '../flag.ts'
import { bool, int, int32s, ip, namedCertKeys, notNegative, port, string, strings, word } from '../kinds.ts'

/** kubernetes/apiserver, pkg/server/options/serving.go. */
export const secureServing = {
  bindAddress: flag({
    name: 'bind-address',
    kind: ip,
    default: '0.0.0.0',
    help: 'IP address to listen on. 0.0.0.0 and :: mean every address of both families.',
  }),
  port: flag({
    name: 'secure-port',
    kind: int,
    default: 443,
    help: 'Port to serve HTTPS on, with authentication and authorization.',
    check: port,
  }),
  disableHttp2: flag({
    name: 'disable-http2-serving',
    kind: bool,
    default: false,
    help: 'Serve HTTP/1.1 only.',
  }),
  http2MaxStreams: flag({
    name: 'http2-max-streams-per-connection',
    kind: int,
    default: 0,
    help: 'How many HTTP/2 streams a client may have open on one connection. 0 means 100.',
    check: (value) => notNegative(value) ?? (value < 2 ** 31 ? undefined : 'must be below 2147483648'),
  }),
  certDir: flag({
    name: 'cert-dir',
    kind: string,
    default: 'apiserver.local.config/certificates',
    help: 'Directory in which a self-signed serving certificate is made, or found again, when --tls-cert-file is not given.',
  }),
  certFile: flag({
    name: 'tls-cert-file',
    kind: string,
    default: '',
    help: "File with the serving certificate, followed by its issuer's if there is one. Without it a self-signed certificate is made in --cert-dir.",
  }),
  keyFile: flag({
    name: 'tls-private-key-file',
    kind: string,
    default: '',
    help: 'File with the private key of --tls-cert-file.',
  }),
  sniCertKeys: flag({
    name: 'tls-sni-cert-key',
    kind: namedCertKeys,
    default: [],
    help: 'A further certificate and its key for some names: "foo.crt,foo.key" for the names in the certificate, "foo.crt,foo.key:*.foo.com,foo.com" for these. An exact name goes before one with *, names given here before those found in a certificate, an earlier certificate before a later one. May be given several times.',
  }),
  cipherSuites: flag({
    name: 'tls-cipher-suites',
    kind: strings,
    default: [],
    help: `Cipher suites up to TLS 1.2, by Go's names; those of TLS 1.3 are always on. Without it Go's default choice.\nKnown names: ${CIPHER_SUITE_NAMES.join(', ')}.`,
  }),
  curvePreferences: flag({
    name: 'tls-curve-preferences',
    kind: int32s,
    default: [],
    help: "Key exchanges to allow, by the numbers of TLS: 23 (P-256), 24 (P-384), 25 (P-521), 29 (X25519), 4588 (X25519MLKEM768). Without it OpenSSL's default choice.",
  }),
  minVersion: flag({
    name: 'tls-min-version',
    kind: word('', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'),
    default: '',
    help: 'Oldest TLS version to accept: VersionTLS12 (the default) or VersionTLS13. VersionTLS10 and VersionTLS11 are taken as VersionTLS12.',
  }),
  permitPortSharing: flag({
    name: 'permit-port-sharing',
    kind: bool,
    default: false,
    help: 'Listen with SO_REUSEPORT, so that several processes may share address and port.',
  }),
  permitAddressSharing: flag({
    name: 'permit-address-sharing',
    kind: bool,
    default: false,
    help: 'Listen with SO_REUSEADDR. Always so here.',
  }),
}
