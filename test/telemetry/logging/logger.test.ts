import { beforeAll, describe, expect, it } from 'vitest'
import { createFaultLog } from '../../../src/telemetry/logging/fault-log.ts'
import { createLogger } from '../../../src/telemetry/logging/logger.ts'
import { createManualClock } from '../../support/manual-clock.ts'

beforeAll(() => {
  process.env.TZ = 'UTC'
})

const NOON = Date.UTC(2026, 10, 22, 3, 8, 40, 123)

function lines(format: 'text' | 'json', verbosity = 0) {
  const written: string[] = []
  const clock = createManualClock({ wallMs: NOON })
  const log = createLogger({ format, verbosity, clock, pid: 1, write: (line) => written.push(line) })
  return { written, log }
}

/** The line that logs is the one of what the test runner made of this file. */
const CALLER = /logging\/logger\.test\.ts:\d+/
const withoutCaller = (line: string | undefined) => line?.replace(CALLER, 'here:1')

const textOf = (fields: Record<string, unknown>): string => {
  const { written, log } = lines('text')
  log.info('m', fields)
  return (written[0] ?? '').replace(/^.*\] "m" ?/, '').replace(/\n$/, '')
}

describe('a line of text', () => {
  it.each([
    ['info', 'I1122 03:08:40.123000       1 here:1] "Serving" port=443 host="a\\"b"\n'],
    ['warn', 'W1122 03:08:40.123000       1 here:1] "Serving" port=443 host="a\\"b"\n'],
    ['error', 'E1122 03:08:40.123000       1 here:1] "Serving" port=443 host="a\\"b"\n'],
  ] as const)('has the form of klog at level %s', (level, line) => {
    const { written, log } = lines('text')
    log[level]('Serving', { port: 443, host: 'a"b' })
    expect(written.map(withoutCaller)).toEqual([line])
  })

  it('names the file and line that log, whatever lies between them and the log', () => {
    const { written, log } = lines('text')
    const faults = createFaultLog({ logger: log, clock: createManualClock() })
    faults.report('k', 'm')
    expect(written[0]).toMatch(new RegExp(` ${CALLER.source}\\] "m"`))
  })

  it('has microseconds that go on within the millisecond of the wall clock', () => {
    const times = [
      [NOON, 7.25],
      [NOON, 7.75],
      [NOON + 1, 8.5],
      [NOON - 5000, 9.125],
    ] as const
    let call = 0
    const clock = { wallMs: () => times[call]?.[0] ?? 0, monotonicMs: () => times[call]?.[1] ?? 0 }
    const written: string[] = []
    const log = createLogger({ format: 'json', verbosity: 0, clock, write: (line) => written.push(line) })
    for (; call < times.length; call++) log.info('m')
    expect(written.map((line) => JSON.parse(line).ts - NOON)).toEqual([0, 0.5, 1.25, -5000])
  })

  it.each([
    [{ a: 'line\nbreak\tand\u001b[31m' }, 'a="line\\nbreak\\tand\\x1b[31m"'],
    [{ a: '\u009b\u2028\u202e\u00a0' }, 'a="\\u009b\\u2028\\u202e\\u00a0"'],
    [{ a: '\ud800' }, 'a="�"'],
    [{ a: 'größer ✓ 😀' }, 'a="größer ✓ 😀"'],
    [{ a: 'back\\slash' }, 'a="back\\\\slash"'],
    [{ a: true, b: null, c: undefined, d: 12n, e: Number.NaN }, 'a=true b=null d="12" e="NaN"'],
    [{ a: ['x', { y: '\u009b' }] }, 'a=["x",{"y":"\\u009b"}]'],
    [{ a: new Date(0) }, 'a="1970-01-01T00:00:00.000Z"'],
    [{ a: new Map([['k', 1]]) }, 'a=[["k",1]]'],
    [{ node: 'n', err: new Error('no') }, 'err="no" node="n"'],
  ])('shows %# as it should be', (fields, text) => {
    expect(textOf(fields)).toBe(text)
  })

  it('survives a field that refers to itself', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(textOf({ loop })).toBe('loop="(cannot be shown)"')
  })

  it('cuts what is too long', () => {
    const text = textOf({ a: 'x'.repeat(1_000_000) })
    expect(text.length).toBeLessThan(5000)
    expect(text).toContain('(995904 more)')
    expect(textOf({ a: Array.from({ length: 100_000 }, (_, i) => i) }).length).toBeLessThan(5000)
  })
})

describe('an error in a field', () => {
  it.each([
    [
      new Error('cannot ask a', { cause: new Error('refused', { cause: new Error('10.0.0.1') }) }),
      'cannot ask a: refused: 10.0.0.1',
    ],
    [new Error('cannot ask a: refused', { cause: new Error('refused') }), 'cannot ask a: refused'],
    [
      new Error('the file /a cannot be read: ENOENT', {
        cause: Object.assign(new Error("ENOENT: no such file or directory, open '/a'"), { code: 'ENOENT' }),
      }),
      'the file /a cannot be read: ENOENT',
    ],
    [
      new Error('cannot listen', { cause: Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }) }),
      'cannot listen: listen EADDRINUSE',
    ],
    [new TypeError(''), 'TypeError'],
    [new AggregateError([new Error('v4'), new Error('v6')], ''), 'v4; v6'],
    [new Error('top', { cause: 'a word' }), 'top: a word'],
    ['thrown word', 'thrown word'],
    [undefined, ''],
  ])('number %# is logged with its causes and without a stack', (err, text) => {
    expect(textOf({ err })).toBe(text === '' ? '' : `err="${text}"`)
  })

  it('whose causes form a cycle is logged once', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    expect(textOf({ err: a })).toBe('err="a: b"')
  })
})

describe('a line of JSON', () => {
  it('has the shape of the Go server', () => {
    const { written, log } = lines('json', 4)
    log.info('Serving', { port: 443 })
    log.warn('Odd')
    log.verbose(4, 'Detail')
    log.error('Bad', { node: 'n', err: new Error('no') })
    expect(written.map((line) => JSON.parse(line))).toEqual([
      { severity: 'info', ts: NOON, caller: expect.stringMatching(CALLER), msg: 'Serving', v: 0, port: 443 },
      { severity: 'warning', ts: NOON, caller: expect.stringMatching(CALLER), msg: 'Odd', v: 0 },
      { severity: 'info', ts: NOON, caller: expect.stringMatching(CALLER), msg: 'Detail', v: 4 },
      { severity: 'error', ts: NOON, caller: expect.stringMatching(CALLER), msg: 'Bad', err: 'no', node: 'n' },
    ])
    expect(withoutCaller(written[0])).toBe(
      `{"severity":"info","ts":${NOON},"caller":"here:1","msg":"Serving","v":0,"port":443}\n`,
    )
  })

  it('stays one line of visible signs', () => {
    const nasty = '\n\r\u0000\u001b\u007f\u009b\u2028\u2029\u202e😀\ud800'
    const { written, log } = lines('json')
    log.info(nasty, { nasty, nested: { nasty } })
    expect(written[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]|\n./)
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ nasty, nested: { nasty } })
  })

  it('survives a field that refers to itself', () => {
    const { written, log } = lines('json')
    const loop: Record<string, unknown> = {}
    loop.self = loop
    log.info('m', { loop })
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ msg: 'm', loop: '(cannot be shown)' })
  })
})

describe('verbosity', () => {
  it.each([
    [0, []],
    [2, ['two']],
    [4, ['two', 'four']],
  ])('%i writes %j', (verbosity, expected) => {
    const { written, log } = lines('json', verbosity)
    log.verbose(2, 'two')
    let made = 0
    log.verbose(4, 'four', () => ({ made: ++made }))
    expect(made).toBe(verbosity >= 4 ? 1 : 0)
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(expected)
  })
})
