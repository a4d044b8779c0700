import { beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createManualClock } from '../support/manual-clock.ts'

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

const textOf = (fields: Record<string, unknown>): string => {
  const { written, log } = lines('text')
  log.info('m', fields)
  return (written[0] ?? '').replace(/^.*\] "m" ?/, '').replace(/\n$/, '')
}

describe('a line of text', () => {
  it.each([
    ['info', 'I1122 03:08:40.123000       1 server:1] "Serving" port=443 host="a\\"b"\n'],
    ['warn', 'W1122 03:08:40.123000       1 server:1] "Serving" port=443 host="a\\"b"\n'],
    ['error', 'E1122 03:08:40.123000       1 server:1] "Serving" port=443 host="a\\"b"\n'],
  ] as const)('has the form of klog at level %s', (level, line) => {
    const { written, log } = lines('text')
    log[level]('Serving', { port: 443, host: 'a"b' })
    expect(written).toEqual([line])
  })

  it('names the room that speaks', () => {
    const { written, log } = lines('text')
    log.room('scrape').info('m')
    expect(written[0]).toContain(' scrape:1] "m"')
  })

  it.each([
    [{ a: 'line\nbreak\tand\u001b[31m' }, 'a="line\\nbreak\\tand\\x1b[31m"'],
    [{ a: '\u009b\u2028\u202e\u00a0' }, 'a="\\u009b\\u2028\\u202e\\u00a0"'],
    [{ a: '\ud800' }, 'a="\\ud800"'],
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
    [new TypeError(''), 'TypeError'],
    [new AggregateError([new Error('v4'), new Error('v6')], ''), 'v4; v6'],
    [new Error('top', { cause: 'a word' }), 'top: a word'],
    ['thrown word', 'thrown word'],
    [undefined, ''],
  ])('number %# is told with its causes and without a stack', (err, text) => {
    expect(textOf({ err })).toBe(text === '' ? '' : `err="${text}"`)
  })

  it('whose causes go round in a circle is told once', () => {
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
      { severity: 'info', ts: NOON, caller: 'server:1', msg: 'Serving', v: 0, port: 443 },
      { severity: 'warning', ts: NOON, caller: 'server:1', msg: 'Odd', v: 0 },
      { severity: 'info', ts: NOON, caller: 'server:1', msg: 'Detail', v: 4 },
      { severity: 'error', ts: NOON, caller: 'server:1', msg: 'Bad', err: 'no', node: 'n' },
    ])
    expect(written[0]).toMatch(
      /^\{"severity":"info","ts":\d+,"caller":"server:1","msg":"Serving","v":0,"port":443\}\n$/,
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
    log.verbose(4, 'four')
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(expected)
  })
})
