import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeLabel, exponentialBuckets, MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts'

const head = (name: string, ...labels: string[]) => ({ name, help: 'h', labels })

describe('a counter', () => {
  it('is written with its labels, each series once', async () => {
    const registry = new MetricsRegistry()
    const total = registry.counters({ name: 'a_total', help: 'Number of a.', labels: ['code', 'method'] })
    total('200', 'GET').value++
    total('200', 'GET').value += 2
    total('404', 'GET').value++
    expect(await registry.text()).toBe(
      '# HELP a_total Number of a.\n# TYPE a_total counter\n' +
        'a_total{code="200",method="GET"} 3\na_total{code="404",method="GET"} 1\n',
    )
  })

  it('without labels has no braces', async () => {
    const registry = new MetricsRegistry()
    registry.counters(head('a_total'))().value = 7
    expect(await registry.text()).toContain('\na_total 7\n')
  })

  it('needs a value for each of its labels', () => {
    const total = new MetricsRegistry().counters(head('a_total', 'code', 'method'))
    expect(() => total('200')).toThrow('a_total needs a value for each of: code, method')
  })
})

describe('a histogram', () => {
  it('is written with its buckets added up, the sum and the count', async () => {
    const registry = new MetricsRegistry()
    const seconds = registry.histograms(head('a_seconds', 'verb'), [0.1, 1])('GET')
    for (const value of [0.1, 0.25, 0.5, 7]) seconds.observe(value)
    expect((await registry.text()).split('\n').slice(2, -1)).toEqual([
      'a_seconds_bucket{verb="GET",le="0.1"} 1',
      'a_seconds_bucket{verb="GET",le="1"} 3',
      'a_seconds_bucket{verb="GET",le="+Inf"} 4',
      'a_seconds_sum{verb="GET"} 7.85',
      'a_seconds_count{verb="GET"} 4',
    ])
  })

  it('without a value is there at 0', async () => {
    const registry = new MetricsRegistry()
    registry.histograms(head('a_seconds'), [1])()
    expect(await registry.text()).toContain(
      'a_seconds_bucket{le="1"} 0\na_seconds_bucket{le="+Inf"} 0\na_seconds_sum 0\na_seconds_count 0\n',
    )
  })

  it('has growing buckets as Prometheus makes them', () => {
    expect(exponentialBuckets(1, 10, 4)).toEqual([1, 10, 100, 1000])
  })
})

describe('a family that is read at each scrape', () => {
  it('is written as it is then, and waited for', async () => {
    const registry = new MetricsRegistry()
    let value = 1
    registry.collect('gauge', head('a'), async () => [[[], value]])
    expect(await registry.text()).toContain('\na 1\n')
    value = 2
    expect(await registry.text()).toContain('\na 2\n')
  })

  it.each([
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
    [2 ** 64, '18446744073709552000'],
    [1e21, '1e+21'],
    [0.1, '0.1'],
  ])('writes %d as Go reads it', async (value, text) => {
    const registry = new MetricsRegistry()
    registry.collect('gauge', head('a'), () => [[[], value]])
    expect(await registry.text()).toContain(`\na ${text}\n`)
  })
})

describe('the text', () => {
  it('has the families by name', async () => {
    const registry = new MetricsRegistry()
    for (const name of ['b', 'a', 'c']) registry.collect('gauge', head(name), () => [[[], 1]])
    expect((await registry.text()).match(/^[abc] /gm)).toEqual(['a ', 'b ', 'c '])
    expect(registry.families().map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('escapes what a help text or a label may not hold', async () => {
    const registry = new MetricsRegistry()
    registry.counters({ name: 'a_total', help: 'one\\two\n"three"', labels: ['x'] })('q"b\\n\nl')
    expect(await registry.text()).toBe(
      '# HELP a_total one\\\\two\\n"three"\n# TYPE a_total counter\na_total{x="q\\"b\\\\n\\nl"} 0\n',
    )
  })

  it('gives any label value back to who reads it', () => {
    const readBack = (text: string) => text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', 'é', ',', '}') }), (value) => {
        const escaped = escapeLabel(value)
        expect(escaped).not.toMatch(/\n|(?<!\\)(\\\\)*"/)
        expect(readBack(escaped)).toBe(value)
      }),
    )
  })

  it('has no family twice', () => {
    const registry = new MetricsRegistry()
    registry.counters(head('a_total'))
    expect(() => registry.collect('gauge', head('a_total'), () => [])).toThrow('two metrics of the name a_total')
  })
})
