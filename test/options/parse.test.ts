import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/options/parse.ts'
import { problems, run } from './parsed.ts'

describe('without any flag', () => {
  it('the options are the defaults of the Go server', () => {
    expect(run()).toEqual({
      kubeconfig: undefined,
      metricResolutionMs: 60_000,
      sampleRetentionMs: 180_000,
      exposeResourceMetrics: false,
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

describe('--help and --version', () => {
  it.each([[['--help']], [['-h']], [['--bogus', '-h']]])('%j asks for help', (argv) => {
    expect(parseOptions(argv).kind).toBe('help')
  })

  it('--version is answered before the rules between values', () => {
    expect(parseOptions(['--version', '--metric-resolution=1s']).kind).toBe('version')
  })

  it('--version does not hide a flag that is unknown', () => {
    expect(problems('--version', '--bogus')).toEqual(['unknown flag: --bogus'])
  })
})
