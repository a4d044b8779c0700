import { describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/options/flags.ts'
import { parseOptions } from '../../src/options/parse.ts'

function flagsOf(...argv: string[]) {
  const outcome = parseOptions(argv)
  if (outcome.kind !== 'run') throw new Error('not to be run')
  return outcome.flags()
}
const flagOf = (name: string, ...argv: string[]) => flagsOf(...argv).find((flag) => flag.name === name)

describe('every effective flag', () => {
  it('is listed, by name', () => {
    const names = flagsOf().map(({ name }) => name)
    expect(names).toEqual(FLAGS.map(({ name }) => name).sort())
  })

  it.each([
    ['kubelet-insecure-tls', [], 'false'],
    ['kubelet-insecure-tls', ['--kubelet-insecure-tls'], 'true'],
    ['kubelet-port', [], '10250'],
    ['kubelet-port', ['--kubelet-port=0x280b'], '10251'],
    ['http2-max-streams-per-connection', [], '0'],
    ['metric-resolution', [], '1m0s'],
    ['metric-resolution', ['--metric-resolution=90000ms'], '1m30s'],
    ['shutdown-delay-duration', [], '0s'],
    ['bind-address', [], '0.0.0.0'],
    ['kubeconfig', [], ''],
    ['kubeconfig', ['--kubeconfig=/a b'], '/a b'],
    ['v', ['-v4'], '4'],
    [
      'kubelet-preferred-address-types',
      ['--kubelet-preferred-address-types=InternalIP,Hostname'],
      '[InternalIP,Hostname]',
    ],
    ['tls-cipher-suites', [], '[]'],
    ['requestheader-allowed-names', ['--requestheader-allowed-names="a,b",c"d'], undefined],
    ['requestheader-allowed-names', ['--requestheader-allowed-names="a,b",c'], '["a,b",c]'],
    ['tls-sni-cert-key', [], '[]'],
    [
      'tls-sni-cert-key',
      ['--tls-sni-cert-key=/a.crt,/a.key', '--tls-sni-cert-key=/b.crt,/b.key:*.b.example,b'],
      '[/a.crt,/a.key;/b.crt,/b.key:*.b.example,b]',
    ],
    ['feature-gates', [], ''],
    ['logging-format', ['--logging-format=json'], 'json'],
  ])('--%s after %j is %j', (name, argv, expected) => {
    if (expected === undefined) expect(() => flagOf(name, ...argv)).toThrow()
    else expect(flagOf(name, ...argv)?.value).toBe(expected)
  })

  it('says which were given, be it with their defaults, and which change nothing', () => {
    expect(flagOf('metric-resolution', '--metric-resolution=60s')).toEqual({
      name: 'metric-resolution',
      value: '1m0s',
      default: '1m0s',
      given: true,
      ignored: false,
    })
    expect(flagOf('profiling')).toMatchObject({ given: false, ignored: true })
  })
})
