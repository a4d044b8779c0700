import { createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/options/parse.ts'
import { problems, warnings } from './parsed.ts'

const H2_SUITE = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'

describe('extra resources', () => {
  const storageOf = (...args: string[]) => {
    const outcome = parseOptions(args)
    return outcome.kind === 'run' ? outcome.options.storageResolutionMs : outcome
  }

  it('are none by default, whatever their resolution', () => {
    expect(storageOf()).toBeUndefined()
    expect(storageOf('--extra-resources-resolution=5m')).toBeUndefined()
    expect(storageOf('--extra-resources=')).toBeUndefined()
  })

  it('are scraped every minute, or with the metrics where these are scraped less often', () => {
    expect(storageOf('--extra-resources=ephemeral-storage', '--metric-resolution=15s')).toBe(60_000)
    expect(storageOf('--extra-resources=ephemeral-storage', '--metric-resolution=2m')).toBe(120_000)
    expect(storageOf('--extra-resources=ephemeral-storage', '--extra-resources-resolution=5m')).toBe(300_000)
  })

  it.each([
    [
      ['--extra-resources=ephemeral-storge,gpu'],
      '--extra-resources knows no "ephemeral-storge" (did you mean ephemeral-storage?), "gpu"; known are ephemeral-storage',
    ],
    [
      ['--extra-resources-resolution=59s', '--metric-resolution=1m'],
      '--extra-resources-resolution (59s) must be at least --metric-resolution (1m0s)',
    ],
    [['--extra-resources-resolution=0s'], '--extra-resources-resolution must be more than 0s'],
    [
      ['--extra-resources=ephemeral-storage', '--kubelet-metrics-source=resource'],
      '--extra-resources needs the Summary, which --kubelet-metrics-source=resource does not scrape: drop one of the two',
    ],
  ])('%j is refused', (args, problem) => {
    expect(problems(...args)).toEqual([problem])
  })
})

describe('what the Go server forbids', () => {
  it.each([
    [['--metric-resolution=9s', '--kubelet-request-timeout=5s'], '--metric-resolution must be at least 10s, not 9s'],
    [
      ['--metric-resolution=10s'],
      '--kubelet-request-timeout (10s) must be at most nine tenths of --metric-resolution (10s)',
    ],
    [['--kubelet-request-timeout=0s'], '--kubelet-request-timeout must be more than 0s'],
    [['--kubelet-request-timeout=-1s'], '--kubelet-request-timeout can not be a negative value'],
    [
      ['--kubelet-certificate-authority=ca', '--kubelet-insecure-tls'],
      'cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls',
    ],
    [
      ['--kubelet-certificate-authority=ca', '--deprecated-kubelet-completely-insecure'],
      'cannot use both --kubelet-certificate-authority and --deprecated-kubelet-completely-insecure',
    ],
    [
      ['--kubelet-insecure-tls', '--deprecated-kubelet-completely-insecure'],
      'cannot use both --kubelet-insecure-tls and --deprecated-kubelet-completely-insecure',
    ],
    [['--kubelet-client-key=k'], 'need both --kubelet-client-key and --kubelet-client-certificate'],
    [['--kubelet-client-certificate=c'], 'need both --kubelet-client-key and --kubelet-client-certificate'],
    [['--tls-cert-file=c'], 'need both --tls-cert-file and --tls-private-key-file'],
    [['--tls-private-key-file=k'], 'need both --tls-cert-file and --tls-private-key-file'],
    [['--kubelet-port=65536'], '--kubelet-port must be between 1 and 65535, inclusive, not 65536'],
    [['--secure-port=0'], '--secure-port must be between 1 and 65535, inclusive, not 0'],
    [['--max-requests-inflight=-1'], '--max-requests-inflight can not be a negative value'],
    [['--shutdown-delay-duration=-1s'], '--shutdown-delay-duration can not be a negative value'],
    [['--goaway-chance=0.5'], '--goaway-chance can not be less than 0 or greater than 0.02'],
    [['--goaway-chance=nan'], '--goaway-chance can not be less than 0 or greater than 0.02'],
    [['--requestheader-group-headers= '], '--requestheader-group-headers has an empty value'],
    [
      ['--requestheader-uid-headers=X-Uid'],
      '--requestheader-uid-headers must have X-Remote-Uid in it, or API aggregation will not work',
    ],
    [
      ['--authorization-always-allow-paths=/a*b'],
      '--authorization-always-allow-paths may have a * at the end of a path only, not as in "/a*b"',
    ],
    [
      ['--strict-transport-security-directives=forever'],
      '--strict-transport-security-directives takes max-age=SECONDS, includeSubDomains and preload, not "forever"',
    ],
    [
      ['--cors-allowed-origins=example.com'],
      '--cors-allowed-origins takes expressions pinned to start and end of the host, not "example.com"',
    ],
    [['--log-flush-frequency=0s'], '--log-flush-frequency must be greater than zero'],
    [
      ['--log-json-split-stream'],
      '--log-json-split-stream is refused: it needs the feature LoggingAlphaOptions, which is disabled',
    ],
    [
      ['--log-text-info-buffer-size=1Ki'],
      '--log-text-info-buffer-size is refused: it needs the feature LoggingAlphaOptions, which is disabled',
    ],
    [['--vmodule=a=1', '--logging-format=json'], '--vmodule can be used with --logging-format=text only'],
    [
      [`--tls-cipher-suites=${H2_SUITE},TLS_FOO`],
      expect.stringMatching(/^--tls-cipher-suites knows no "TLS_FOO"; known are TLS_AES_128_GCM_SHA256, TLS_AES/),
    ],
    [
      ['--tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA'],
      `--tls-cipher-suites lacks ${H2_SUITE} or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which HTTP/2 requires: add one or set --disable-http2-serving`,
    ],
    [['--tls-curve-preferences=29,29'], '--tls-curve-preferences has a number twice'],
    [
      ['--tls-curve-preferences=7'],
      expect.stringMatching(/^--tls-curve-preferences does not know the number 7; known are 23 \(P-256\), 24/),
    ],
  ])('%j: %s', (argv, problem) => {
    expect(problems(...argv)).toEqual([problem])
  })
})

describe('what this server forbids besides', () => {
  it.each([
    [['--sample-retention=-1m'], '--sample-retention (-1m0s) must be at least --metric-resolution (1m0s)'],
    [['--sample-retention=59s'], '--sample-retention (59s) must be at least --metric-resolution (1m0s)'],
    [
      ['--kubelet-preferred-address-types='],
      '--kubelet-preferred-address-types must name at least one type of address',
    ],
    [
      ['--kubelet-preferred-address-types=internalIP'],
      '--kubelet-preferred-address-types knows no "internalIP" (did you mean InternalIP?); known are Hostname, InternalDNS, InternalIP, ExternalDNS, ExternalIP',
    ],
    [['--metric-resolution=600h'], '--metric-resolution must be at most 596h31m23.647s'],
    [['--request-timeout=0'], '--request-timeout must be more than 0s'],
    [
      ['--authentication-token-webhook-cache-ttl=-1s'],
      '--authentication-token-webhook-cache-ttl can not be a negative value',
    ],
    [
      ['--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA', '--disable-http2-serving'],
      '--tls-cipher-suites has no suite that can be used: TLS_RSA_WITH_RC4_128_SHA',
    ],
  ])('%j: %s', (argv, problem) => {
    expect(problems(...argv)).toEqual([problem])
  })

  it('a value that is not understood makes no further problems', () => {
    expect(problems('--metric-resolution=15', '--kubelet-request-timeout=55s', '--sample-retention=20s')).toEqual([
      '--metric-resolution must be a duration such as 10s, 1m30s or 500ms, not "15"',
    ])
  })

  it('a value that is not understood hides no problem of another', () => {
    expect(problems('--metric-resolution=2s', '--kubelet-request-timeout=abc')).toEqual([
      '--kubelet-request-timeout must be a duration such as 10s, 1m30s or 500ms, not "abc"',
      '--metric-resolution must be at least 10s, not 2s',
    ])
    expect(
      problems(
        '--kubelet-insecure-tls=x',
        '--kubelet-client-key=k',
        '--disable-http2-serving=x',
        '--tls-cipher-suites=A',
      ),
    ).toEqual([
      expect.stringMatching(/^--kubelet-insecure-tls must be/),
      expect.stringMatching(/^--disable-http2-serving must be/),
      'need both --kubelet-client-key and --kubelet-client-certificate',
      expect.stringMatching(/^--tls-cipher-suites knows no "A"; known are TLS_/),
    ])
  })

  it('values that are not known are named in one line, with those that are', () => {
    expect(problems('--kubelet-preferred-address-types=InternlIP,IP')).toEqual([
      '--kubelet-preferred-address-types knows no "InternlIP" (did you mean InternalIP?), "IP"; known are Hostname, InternalDNS, InternalIP, ExternalDNS, ExternalIP',
    ])
  })

  it('all problems come out at once', () => {
    expect(
      problems(
        '--bogus',
        '--kubelet-port=x',
        '--secure-port=0',
        '--metric-resolution=1s',
        '--tls-cert-file=c',
        'stray',
      ),
    ).toEqual([
      'unknown flag: --bogus',
      '--kubelet-port must be a whole number, not "x"',
      '--secure-port must be between 1 and 65535, inclusive, not 0',
      '--metric-resolution must be at least 10s, not 1s',
      '--kubelet-request-timeout (10s) must be at most nine tenths of --metric-resolution (1s)',
      'need both --tls-cert-file and --tls-private-key-file',
    ])
  })
})

describe('what is odd but allowed', () => {
  it.each([
    [
      ['--requestheader-client-ca-file=ca', '--requestheader-username-headers=X-Me'],
      /lacks the standard X-Remote-User/,
    ],
    [['--requestheader-allowed-names=proxy'], /--requestheader-allowed-names: without --requestheader-client-ca-file/],
    [['--tls-min-version=VersionTLS10'], /TLS 1\.2 is the oldest/],
    [[`--tls-cipher-suites=${H2_SUITE},TLS_RSA_WITH_RC4_128_SHA`], /TLS_RSA_WITH_RC4_128_SHA is not available/],
  ])('%j is warned of', (argv, warning) => {
    expect(warnings(...argv)).toEqual([expect.stringMatching(warning)])
  })

  it('flags without effect are named, in the order of the table', () => {
    const outcome = parseOptions([
      '--profiling=false',
      '--audit-log-path=-',
      '--feature-gates=A=true,kube:B=false',
      '--v=1',
    ])
    expect(outcome).toMatchObject({ kind: 'run', ignored: ['--feature-gates', '--audit-log-path', '--profiling'] })
  })
})

describe('the options of TLS', () => {
  it.each([
    ['--tls-cipher-suites=', /^TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-/],
    [`--tls-cipher-suites=${H2_SUITE}`, /:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256$/],
  ])('%s keeps the suites of TLS 1.3 and is taken by OpenSSL', (argument, ciphers) => {
    const outcome = parseOptions([
      argument,
      '--tls-min-version=VersionTLS12',
      '--tls-curve-preferences=4588,29,23,24,25',
    ])
    if (outcome.kind !== 'run') throw new Error('refused')
    const { openSslCiphers, openSslCurves, minVersion } = outcome.options.serving
    expect(openSslCiphers).toMatch(ciphers)
    expect(openSslCurves).toBe('X25519MLKEM768:X25519:P-256:P-384:P-521')
    if (openSslCurves === undefined) throw new Error('no curves')
    const make = () => createServer({ ciphers: openSslCiphers, ecdhCurve: openSslCurves, minVersion })
    expect(make).not.toThrow()
  })
})
