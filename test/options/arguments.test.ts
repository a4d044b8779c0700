import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/options/flags.ts'
import { problems, run, warnings } from './parsed.ts'

describe('the forms of a flag', () => {
  it.each([
    [['-l', 'a=b'], 'a=b'],
    [['-la=b'], 'a=b'],
    [['-l=a=b'], 'a=b'],
    [['--node-selector', '!x'], '!x'],
    [['--node-selector=a in (b,c)'], 'a in (b,c)'],
    [['-l', 'a', '-l', 'b'], 'b'],
  ])('%j selects nodes by %s', (argv, selector) => {
    expect(run(...argv).nodeSelector).toBe(selector)
  })

  it('takes a value that looks like a flag', () => {
    expect(run('--kubeconfig', '-x').kubeconfig).toBe('-x')
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
    expect(run('--kubelet-insecure-tls', 'false').kubelet.insecureTls).toBe(true)
    expect(warnings('--kubelet-insecure-tls', 'false')).toEqual([
      'arguments that are no flags are ignored: "false" (a boolean takes its value after =, as in --kubelet-insecure-tls=false)',
    ])
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
    ['--node-selector=zone in (', 'is no label selector: '],
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
    const [problem = ''] = problems(`--kubelet-port=\n\u009b31m\u202e${'x'.repeat(5000)}`)
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
    ['--kubelet-port', 'flag needs an argument: --kubelet-port'],
    ['-l', 'flag needs an argument: -l'],
  ])('%s gives: %s', (argument, problem) => {
    expect(problems(argument)).toEqual(problem === undefined ? [] : [problem])
  })

  it('takes its value with it', () => {
    expect(problems('--kubelet-timeout', '10s', '-v=x')).toHaveLength(2)
  })

  it.each([
    [['serve'], '"serve"'],
    [['-'], '"-"'],
    [[''], '""'],
    [['', '--kubelet-insecure-tls', ''], '"", ""'],
    [['--', '--help'], '"--help"'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], '"a", "b", "c", "d", "e" and 2 more'],
    [['docker\n'.repeat(2)], '"docker\\ndocker\\n"'],
  ])('%j is ignored with a warning, as the Go server ignores it', (argv, named) => {
    expect(warnings(...argv)).toEqual([`arguments that are no flags are ignored: ${named}`])
  })

  it.each([
    [['docter'], 'unknown command: "docter" (did you mean doctor?)'],
    [['Doctor', '--kubeconfig=k'], 'unknown command: "Doctor" (did you mean doctor?)'],
    [['--kubeconfig=k', 'doctor'], 'doctor must be the first argument, before all flags'],
  ])('%j was meant for the doctor', (argv, problem) => {
    expect(problems(...argv)).toEqual([problem])
  })

  it.each([
    '--logtostderr',
    '--stderrthreshold=0',
    '--log_dir=/tmp',
    '--alsologtostderr=true',
    '--skip-headers',
  ])('%s was removed from every component of Kubernetes', (argument) => {
    const name = argument.split('=')[0]
    expect(problems(argument)).toEqual([`unknown flag: ${name} (removed in Kubernetes 1.26: drop it)`])
  })

  it('names of the prototype of objects are unknown like any other', () => {
    expect(problems('--constructor', '--__proto__=1')).toEqual([
      'unknown flag: --constructor',
      'unknown flag: --__proto__',
    ])
  })
})

describe('any command line at all', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'true', '10s', '-1', 'a,b', '1e9'),
  )
  const argument = fc.oneof(
    text,
    fc.tuple(fc.constantFrom(...FLAGS), text).map(([flag, value]) => `--${flag.name}=${value}`),
    fc.constantFrom(...FLAGS).map((flag) => `--${flag.name}`),
    text.map((value) => `-${value}`),
  )

  it('is understood or refused in plain lines, never a crash', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (argv) => {
        for (const problem of problems(...argv)) expect(problem).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/)
      }),
      { numRuns: 3000 },
    )
  })
})
