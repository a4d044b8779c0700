import { describe, expect, it } from 'vitest'
import type { Options } from '../../src/options/options.ts'
import { parseOptions } from '../../src/options/parse.ts'

function run(...argv: string[]): Options {
  const outcome = parseOptions(argv)
  if (outcome.kind !== 'run') throw new Error(`not to be run: ${JSON.stringify(outcome)}`)
  return outcome.options
}

function problems(...argv: string[]): readonly string[] {
  const outcome = parseOptions(argv)
  return outcome.kind === 'invalid' ? outcome.problems : []
}

describe('without any flag', () => {
  it('the options are the defaults of the Go server', () => {
    expect(run()).toEqual({
      kubeconfig: undefined,
      metricResolutionMs: 60_000,
      sampleRetentionMs: 180_000,
      nodeSelector: '',
      kubelet: {
        insecureTls: false,
        port: 10_250,
        useNodeStatusPort: false,
        preferredAddressTypes: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
        caFile: undefined,
        clientCertFile: undefined,
        clientKeyFile: undefined,
        requestTimeoutMs: 10_000,
        completelyInsecure: false,
        metricsSource: 'auto',
      },
      serving: {
        port: 443,
        bindAddress: undefined,
        certDir: 'apiserver.local.config/certificates',
        certFile: undefined,
        keyFile: undefined,
        sniCertKeys: [],
        minVersion: 'TLSv1.2',
        cipherSuites: [],
        openSslCiphers: expect.stringMatching(/^TLS_AES_128_GCM_SHA256:.*:ECDHE-RSA-AES256-SHA$/),
        openSslCurves: undefined,
        http2: true,
        http2MaxStreams: 100,
        reusePort: false,
        requestTimeoutMs: 60_000,
        maxRequestsInflight: 400,
        shutdownDelayMs: 0,
      },
      authentication: {
        kubeconfig: undefined,
        skipLookup: false,
        tolerateLookupFailure: false,
        tokenCacheTtlMs: 10_000,
        clientCaFile: undefined,
        requestHeader: {
          caFile: undefined,
          allowedNames: [],
          usernameHeaders: ['x-remote-user'],
          uidHeaders: [],
          groupHeaders: ['x-remote-group'],
          extraHeaderPrefixes: ['x-remote-extra-'],
        },
      },
      authorization: {
        kubeconfig: undefined,
        alwaysAllowPaths: ['/healthz', '/readyz', '/livez'],
        authorizedTtlMs: 10_000,
        unauthorizedTtlMs: 10_000,
      },
      logging: { format: 'text', verbosity: 0 },
    })
  })

  it('the options are frozen all through', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(run('--tls-sni-cert-key=a,b:c'))).toBe(true)
  })
})

describe('the arguments of the published manifests', () => {
  it('are understood', () => {
    const options = run(
      '--cert-dir=/tmp',
      '--secure-port=10250',
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      '--kubelet-use-node-status-port',
      '--metric-resolution=15s',
    )
    expect(options.metricResolutionMs).toBe(15_000)
    expect(options.sampleRetentionMs).toBe(45_000)
    expect(options.kubelet.preferredAddressTypes).toEqual(['InternalIP', 'ExternalIP', 'Hostname'])
    expect(options.kubelet.useNodeStatusPort).toBe(true)
    expect(options.serving).toMatchObject({ certDir: '/tmp', port: 10_250 })
  })
})

describe('the forms of a flag', () => {
  it.each([
    [['-l', 'a=b'], 'a=b'],
    [['-la=b'], 'a=b'],
    [['-l=a=b'], 'a=b'],
    [['--node-selector', '-x'], '-x'],
    [['--node-selector=a in (b,c)'], 'a in (b,c)'],
    [['-l', 'a', '-l', 'b'], 'b'],
  ])('%j selects nodes by %s', (argv, selector) => {
    expect(run(...argv).nodeSelector).toBe(selector)
  })

  it.each([[['-v=4']], [['-v4']], [['-v', '4']], [['--v=4']], [['--v', '4']]])('%j is verbosity 4', (argv) => {
    expect(run(...argv).logging.verbosity).toBe(4)
  })

  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('a boolean may be %s', (word) => {
    expect(run(`--kubelet-insecure-tls=${word}`).kubelet.insecureTls).toBe(true)
  })

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('a boolean may be %s', (word) => {
    expect(run('--kubelet-insecure-tls', `--kubelet-insecure-tls=${word}`).kubelet.insecureTls).toBe(false)
  })

  it('a boolean takes no value from the next argument', () => {
    expect(problems('--kubelet-insecure-tls', 'false')).toEqual(['unexpected argument: "false"'])
  })

  it.each([
    [
      'repeated flags add up',
      ['--requestheader-allowed-names=a,b', '--requestheader-allowed-names=c'],
      ['a', 'b', 'c'],
    ],
    ['quotes keep a comma', ['--requestheader-allowed-names="a,b","c""d"'], ['a,b', 'c"d']],
    ['an empty list is empty', ['--requestheader-allowed-names='], []],
  ])('in a list %s', (_, argv, names) => {
    expect(run(...argv).authentication.requestHeader.allowedNames).toEqual(names)
  })

  it('the first of repeated list flags replaces the default', () => {
    expect(run('--authorization-always-allow-paths=/a').authorization.alwaysAllowPaths).toEqual(['/a'])
  })

  it.each([
    ['10250', 10_250],
    ['0x280a', 10_250],
    ['0b1010', 10],
    ['0o17', 15],
    ['017', 15],
    ['+9', 9],
    ['10_250', 10_250],
  ])('a whole number may be written %s', (text, value) => {
    expect(run(`--kubelet-port=${text}`).kubelet.port).toBe(value)
  })

  it.each([
    ['0.0.0.0', undefined],
    ['::', undefined],
    ['', undefined],
    [' 127.0.0.1 ', '127.0.0.1'],
    ['::1', '::1'],
  ])('listening on %j means %s', (text, address) => {
    expect(run(`--bind-address=${text}`).serving.bindAddress).toBe(address)
  })
})

describe('a value of the wrong type', () => {
  it.each([
    ['--kubelet-insecure-tls=yes', 'must be true or false'],
    ['--kubelet-port=ten', 'must be a whole number'],
    ['--kubelet-port=1.5', 'must be a whole number'],
    ['--kubelet-port=09', 'must be a whole number'],
    ['--kubelet-port=99999999999999999999', 'must be a whole number'],
    ['--metric-resolution=60', 'must be a duration'],
    ['--metric-resolution=9999999h', 'must be a duration'],
    ['--bind-address=localhost', 'must be an IP address'],
    ['--bind-address=fe80::1%eth0', 'must be an IP address'],
    ['--v=-1', 'must be a whole number from 0'],
    ['--v=2147483648', 'must be a whole number from 0'],
    ['--requestheader-allowed-names=a"b', 'must be a list by commas'],
    ['--requestheader-allowed-names="a', 'must be a list by commas'],
    ['--tls-sni-cert-key=only.crt', 'must be CERTIFICATE,KEY'],
    ['--tls-sni-cert-key=a,b:', 'has an empty name'],
    ['--logging-format=xml', 'must be one of text, json'],
    ['--kubelet-metrics-source=both', 'must be one of auto, summary, resource'],
    ['--tls-min-version=VersionSSL30', 'must be one of VersionTLS10, VersionTLS11'],
    ['--vmodule=a', 'must be PATTERN=N'],
    ['--feature-gates=A', 'must be Feature=true'],
    ['--audit-log-maxage=x', 'must be a whole number'],
    ['--audit-webhook-batch-throttle-qps=x', 'must be a number'],
    ['--log-json-info-buffer-size=much', 'must be a quantity'],
    ['--tls-curve-preferences=a', 'must be whole numbers'],
  ])('%s is refused', (argument, phrase) => {
    const found = problems(argument)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`${argument.split('=')[0]} ${phrase}`)
  })

  it('is shown on one line, shortened, without control characters', () => {
    const [problem = ''] = problems(`--kubelet-port=\n\u009b31m${'x'.repeat(5000)}`)
    expect(problem).toMatch(/^[\x20-\x7e…]{1,400}$/)
  })
})

describe('what is no flag of this server', () => {
  it.each([
    ['--kubelet-insecure-tsl', 'unknown flag: --kubelet-insecure-tsl (did you mean --kubelet-insecure-tls?)'],
    ['--metric_resolution=30s', 'unknown flag: --metric_resolution (did you mean --metric-resolution?)'],
    ['--quantum-mode', 'unknown flag: --quantum-mode'],
    ['--', undefined],
    ['-x', 'unknown shorthand flag: "x" in -x'],
    ['--=', 'unknown flag: --'],
    ['serve', 'unexpected argument: "serve"'],
    ['-', 'unexpected argument: "-"'],
    ['--kubelet-port', 'flag needs an argument: --kubelet-port'],
    ['-l', 'flag needs an argument: -l'],
  ])('%s gives: %s', (argument, problem) => {
    expect(problems(argument)).toEqual(problem === undefined ? [] : [problem])
  })

  it('after -- everything is an argument', () => {
    expect(problems('--', '--help')).toEqual(['unexpected argument: "--help"'])
  })

  it('names of the prototype of objects are unknown like any other', () => {
    expect(problems('--constructor', '--__proto__=1')).toEqual([
      'unknown flag: --constructor',
      'unknown flag: --__proto__',
    ])
  })
})

describe('--help and --version', () => {
  it.each([[['--help']], [['-h']], [['--bogus', '-h']]])('%j asks for help', (argv) => {
    expect(parseOptions(argv).kind).toBe('help')
  })

  it('--version is asked before the values are judged together', () => {
    expect(parseOptions(['--version', '--metric-resolution=1s']).kind).toBe('version')
  })

  it('--version does not hide a flag that is unknown', () => {
    expect(problems('--version', '--bogus')).toEqual(['unknown flag: --bogus'])
  })
})
