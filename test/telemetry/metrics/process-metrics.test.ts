import { createHistogram } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { countWithin, measureEventLoop } from '../../../src/telemetry/metrics/process-metrics.ts'

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

function valuesOf(family: ReturnType<typeof measureEventLoop>) {
  const text = [...((family?.chunks() ?? []) as Iterable<string>)].join('')
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  return {
    within: (le: number | string) => value(`nodejs_eventloop_delay_seconds_bucket{le="${le}"}`),
    sum: value('nodejs_eventloop_delay_seconds_sum'),
  }
}

describe('values within a bound', () => {
  it('are counted exactly', () => {
    const recorded = createHistogram()
    expect(countWithin(recorded, 1000)).toBe(0)
    for (let i = 1; i <= 500; i++) recorded.record(i)
    for (let i = 0; i < 3; i++) recorded.record(1_000_000)
    expect([0, 1, 7, 499, 500, 2000, 2_000_000].map((bound) => countWithin(recorded, bound))).toEqual([
      ...[0, 1, 7, 499, 500, 500, 503],
    ])
  })
})

describe('the event loop', () => {
  it('reports a turn of the event loop that delayed all others, and not the time that it was idle', async () => {
    const family = measureEventLoop(process.versions.node)
    for (let i = 0; i < 3; i++) await turn()
    const before = valuesOf(family)
    await new Promise((resolve) => setTimeout(resolve, 150))
    const until = performance.now() + 60
    while (performance.now() < until);
    for (let i = 0; i < 3; i++) await turn()
    const after = valuesOf(family)
    const grown = (le: number | string) => after.within(le) - before.within(le)
    expect(grown('+Inf') - grown(0.05)).toBeGreaterThanOrEqual(1)
    expect(after.sum - before.sum).toBeGreaterThan(0.05)
    expect(grown('+Inf')).toBeGreaterThan(3)
  })

  it('is left out where the runtime would need a timer for it', () => {
    expect(measureEventLoop('24.9.0')).toBeUndefined()
  })
})
