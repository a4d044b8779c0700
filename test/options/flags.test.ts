import { describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/options/flags.ts'
import { parseOptions } from '../../src/options/parse.ts'

/** Names, types and defaults in `--help` of metrics-server 0.8.1. */
const OF_THE_GO_SERVER = [
  ['kubeconfig', 'string', ''],
  ['metric-resolution', 'duration', '1m0s'],
  ['version', '', ''],
  ['advertise-address', 'ip', ''],
  ['cors-allowed-origins', 'strings', ''],
  ['emulated-version', 'strings', ''],
  ['emulation-forward-compatible', '', ''],
  ['external-hostname', 'string', ''],
  ['feature-gates', 'colonSeparatedMultimapStringString', ''],
  ['goaway-chance', 'float', ''],
  ['livez-grace-period', 'duration', ''],
  ['max-mutating-requests-inflight', 'int', '200'],
  ['max-requests-inflight', 'int', '400'],
  ['min-request-timeout', 'int', '1800'],
  ['request-timeout', 'duration', '1m0s'],
  ['runtime-config-emulation-forward-compatible', '', ''],
  ['shutdown-delay-duration', 'duration', ''],
  ['shutdown-send-retry-after', '', ''],
  ['shutdown-watch-termination-grace-period', 'duration', ''],
  ['storage-initialization-timeout', 'duration', '1m0s'],
  ['strict-transport-security-directives', 'strings', ''],
  ['deprecated-kubelet-completely-insecure', '', ''],
  ['kubelet-certificate-authority', 'string', ''],
  ['kubelet-client-certificate', 'string', ''],
  ['kubelet-client-key', 'string', ''],
  ['kubelet-insecure-tls', '', ''],
  ['kubelet-port', 'int', '10250'],
  ['kubelet-preferred-address-types', 'strings', '[Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP]'],
  ['kubelet-request-timeout', 'duration', '10s'],
  ['kubelet-use-node-status-port', '', ''],
  ['node-selector', 'string', ''],
  ['bind-address', 'ip', '0.0.0.0'],
  ['cert-dir', 'string', '"apiserver.local.config/certificates"'],
  ['disable-http2-serving', '', ''],
  ['http2-max-streams-per-connection', 'int', ''],
  ['permit-address-sharing', '', ''],
  ['permit-port-sharing', '', ''],
  ['secure-port', 'int', '443'],
  ['tls-cert-file', 'string', ''],
  ['tls-cipher-suites', 'strings', ''],
  ['tls-min-version', 'string', ''],
  ['tls-private-key-file', 'string', ''],
  ['tls-sni-cert-key', 'namedCertKey', '[]'],
  ['authentication-kubeconfig', 'string', ''],
  ['authentication-skip-lookup', '', ''],
  ['authentication-token-webhook-cache-ttl', 'duration', '10s'],
  ['authentication-tolerate-lookup-failure', '', ''],
  ['client-ca-file', 'string', ''],
  ['requestheader-allowed-names', 'strings', ''],
  ['requestheader-client-ca-file', 'string', ''],
  ['requestheader-extra-headers-prefix', 'strings', '[x-remote-extra-]'],
  ['requestheader-group-headers', 'strings', '[x-remote-group]'],
  ['requestheader-uid-headers', 'strings', ''],
  ['requestheader-username-headers', 'strings', '[x-remote-user]'],
  ['authorization-always-allow-paths', 'strings', '[/healthz,/readyz,/livez]'],
  ['authorization-kubeconfig', 'string', ''],
  ['authorization-webhook-cache-authorized-ttl', 'duration', '10s'],
  ['authorization-webhook-cache-unauthorized-ttl', 'duration', '10s'],
  ['audit-log-batch-buffer-size', 'int', '10000'],
  ['audit-log-batch-max-size', 'int', '1'],
  ['audit-log-batch-max-wait', 'duration', ''],
  ['audit-log-batch-throttle-burst', 'int', ''],
  ['audit-log-batch-throttle-enable', '', ''],
  ['audit-log-batch-throttle-qps', 'float32', ''],
  ['audit-log-compress', '', ''],
  ['audit-log-format', 'string', '"json"'],
  ['audit-log-maxage', 'int', ''],
  ['audit-log-maxbackup', 'int', ''],
  ['audit-log-maxsize', 'int', ''],
  ['audit-log-mode', 'string', '"blocking"'],
  ['audit-log-path', 'string', ''],
  ['audit-log-truncate-enabled', '', ''],
  ['audit-log-truncate-max-batch-size', 'int', '10485760'],
  ['audit-log-truncate-max-event-size', 'int', '102400'],
  ['audit-log-version', 'string', '"audit.k8s.io/v1"'],
  ['audit-policy-file', 'string', ''],
  ['audit-webhook-batch-buffer-size', 'int', '10000'],
  ['audit-webhook-batch-max-size', 'int', '400'],
  ['audit-webhook-batch-max-wait', 'duration', '30s'],
  ['audit-webhook-batch-throttle-burst', 'int', '15'],
  ['audit-webhook-batch-throttle-enable', '', 'true'],
  ['audit-webhook-batch-throttle-qps', 'float32', '10'],
  ['audit-webhook-config-file', 'string', ''],
  ['audit-webhook-initial-backoff', 'duration', '10s'],
  ['audit-webhook-mode', 'string', '"batch"'],
  ['audit-webhook-truncate-enabled', '', ''],
  ['audit-webhook-truncate-max-batch-size', 'int', '10485760'],
  ['audit-webhook-truncate-max-event-size', 'int', '102400'],
  ['audit-webhook-version', 'string', '"audit.k8s.io/v1"'],
  ['contention-profiling', '', ''],
  ['debug-socket-path', 'string', ''],
  ['enable-priority-and-fairness', '', 'true'],
  ['profiling', '', 'true'],
  ['log-flush-frequency', 'duration', '5s'],
  ['log-json-info-buffer-size', 'quantity', ''],
  ['log-json-split-stream', '', ''],
  ['log-text-info-buffer-size', 'quantity', ''],
  ['log-text-split-stream', '', ''],
  ['logging-format', 'string', '"text"'],
  ['v', 'Level', ''],
  ['vmodule', 'pattern=N,...', ''],
] as const

const byName = new Map(FLAGS.map((flag) => [flag.name, flag]))

describe('the table of flags', () => {
  it.each(OF_THE_GO_SERVER)('has --%s of type "%s" with default "%s"', (name, type, byDefault) => {
    const flag = byName.get(name)
    expect(flag?.kind.typeName).toBe(type)
    expect(flag?.kind.show(flag.default)).toBe(byDefault)
  })

  it('has no name twice', () => {
    expect(byName.size).toBe(FLAGS.length)
  })

  it('has only few flags besides', () => {
    const go: ReadonlySet<string> = new Set(OF_THE_GO_SERVER.map(([name]) => name))
    expect(FLAGS.map(({ name }) => name).filter((name) => !go.has(name))).toEqual([
      'expose-resource-metrics',
      'extra-resources',
      'extra-resources-resolution',
      'help',
      'sample-retention',
      'min-compatibility-version',
      'kubelet-metrics-source',
      'tls-curve-preferences',
    ])
  })

  it('has defaults that pass their own checks', () => {
    for (const flag of FLAGS) expect([flag.name, flag.check?.(flag.default)]).toEqual([flag.name, undefined])
  })

  it('takes each default that it shows when it is given', () => {
    const argv = FLAGS.flatMap((flag) => {
      const shown = flag.kind.show(flag.default)
      return shown === '' ? [] : [`--${flag.name}=${shown.replace(/^"(.*)"$|^\[(.*)\]$/, '$1$2')}`]
    }).filter((argument) => !/=$/.test(argument))
    expect(parseOptions(argv)).toMatchObject({ kind: 'run', options: parseDefaults() })
  })
})

function parseDefaults(): object {
  const outcome = parseOptions([])
  if (outcome.kind !== 'run') throw new Error('the defaults are refused')
  return outcome.options
}
