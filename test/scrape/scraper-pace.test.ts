import { describe, expect, it } from 'vitest'
import { failing, node, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()
const { answer, createScraper, times } = at

describe('the scraper', () => {
  it('asks a new node at once and then once per resolution at its phase', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(5 * RESOLUTION)
    const [first, ...rest] = times('a')
    expect(first).toBe(0)
    expect(rest).toEqual(rest.map((_, i) => (rest[0] ?? 0) + i * RESOLUTION))
    expect(rest[0]).toBeGreaterThanOrEqual(RESOLUTION / 4)
    expect(rest[0]).toBeLessThanOrEqual(1.25 * RESOLUTION)
  })

  it('spreads many nodes evenly over the resolution, in small groups that are asked in one go', async () => {
    const scraper = createScraper()
    for (let i = 0; i < 2400; i++) scraper.upsert(node(`n${i}`))
    await at.clock.advance(2 * RESOLUTION)
    at.asked = []
    await at.clock.advance(RESOLUTION)
    const start = at.clock.monotonicMs() - RESOLUTION
    const perSecond = Array.from(
      { length: 15 },
      (_, s) => at.asked.filter((a) => Math.floor((a.atMs - start) / 1000) === s).length,
    )
    expect(at.asked).toHaveLength(2400)
    expect(Math.min(...perSecond)).toBeGreaterThanOrEqual(8 * 16)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(12 * 16)
    expect(new Set(at.asked.map(({ atMs }) => atMs)).size).toBe(2400 / 16)
  })

  it('asks a node again after two seconds when its first answer could not be served whole', async () => {
    at.stored = { node: true, podsWaiting: 3 }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(1999)
    expect(scraper.state()).toMatchObject({ asked: 1, settled: 0 })
    await at.clock.advance(3001)
    expect(times('a').slice(0, 2)).toEqual([0, 2000])
    expect(scraper.state()).toMatchObject({ asked: 1, settled: 1 })
    await at.clock.advance(RESOLUTION)
    expect(times('a').length).toBeLessThanOrEqual(4)
  })

  it('asks a node again after two seconds when it told of a new pod, but not for one that never gets whole', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(3 * RESOLUTION)
    at.stored = { node: true, podsWaiting: 1 }
    const before = times('a').length
    await at.clock.advance(4 * RESOLUTION)
    const [told = 0, again = 0, ...later] = times('a').slice(before)
    expect(again - told).toBe(2000)
    expect(later.every((ms, i, all) => ms - (all[i - 1] ?? again) >= RESOLUTION / 4)).toBe(true)
    expect(later.length).toBeLessThanOrEqual(4)
  })

  it('asks a failing node less and less often, but at least once within the retention', async () => {
    at.behave = () => Promise.reject(failing('timeout'))
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(30 * RESOLUTION)
    const gaps = times('a')
      .map((t, i, all) => t - (all[i - 1] ?? t))
      .slice(2)
    expect(gaps[0]).toBe(2 * RESOLUTION)
    expect(Math.max(...gaps)).toBe(3 * RESOLUTION)
    expect(at.observed.every((o) => o.failure === 'timeout')).toBe(true)
    expect(at.dropped).toContain('a')
    expect(at.faults[0]).toBe('node/a: Failed to scrape node is bad: timeout')
  })

  it('returns to its pace when the node answers again', async () => {
    let fails = 4
    at.behave = () => (fails-- > 0 ? Promise.reject(failing('connection')) : answer())
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(20 * RESOLUTION)
    expect(at.faults.at(-1)).toBe('node/a: resolved')
    const all = times('a')
    expect((all.at(-1) ?? 0) - (all.at(-2) ?? 0)).toBe(RESOLUTION)
    expect(scraper.state()).toEqual({ nodes: 1, asked: 1, settled: 1, failing: 0 })
  })

  it('asks a failing node at once when the cluster says where else it is to be reached', async () => {
    at.behave = () => Promise.reject(failing('connection'))
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(10)
    scraper.upsert(node('a', 'a', '10.0.0.2'))
    await at.clock.advance(1)
    expect(times('a')).toHaveLength(2)
    scraper.upsert(node('a', 'a', '10.0.0.2'))
    await at.clock.advance(1)
    expect(times('a')).toHaveLength(2)
  })
})
