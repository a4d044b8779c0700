import { describe, expect, it } from 'vitest'
import { failing, node, PLAIN, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()
const { answer, createScraper, times } = at

describe('the scraper', () => {
  it('scrapes a new node at once and then once per resolution at its phase', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(5 * RESOLUTION)
    const [first, ...rest] = times('a')
    expect(first).toBe(0)
    expect(rest).toEqual(rest.map((_, i) => (rest[0] ?? 0) + i * RESOLUTION))
    expect(rest[0]).toBeGreaterThanOrEqual(RESOLUTION / 4)
    expect(rest[0]).toBeLessThanOrEqual(1.25 * RESOLUTION)
  })

  it('scrapes many nodes in small groups that follow each other closely, so that their windows lie side by side', async () => {
    const scraper = createScraper()
    for (let i = 0; i < 320; i++) scraper.upsert(node(`n${i}`))
    await at.clock.advance(2 * RESOLUTION)
    at.scraped = []
    await at.clock.advance(RESOLUTION)
    const times = at.scraped.map(({ atMs }) => atMs % RESOLUTION)
    expect(times).toHaveLength(320)
    expect(new Set(times).size).toBe(320 / 16)
    expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(500)
  })

  it('spreads very many nodes over the whole resolution', async () => {
    const scraper = createScraper()
    for (let i = 0; i < 9600; i++) scraper.upsert(node(`n${i}`))
    await at.clock.advance(2 * RESOLUTION)
    at.scraped = []
    await at.clock.advance(RESOLUTION)
    const start = at.clock.monotonicMs() - RESOLUTION
    const perSecond = Array.from(
      { length: 15 },
      (_, s) => at.scraped.filter((a) => Math.floor((a.atMs - start) / 1000) === s).length,
    )
    expect(at.scraped).toHaveLength(9600)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(40 * 16 + 16)
    expect(Math.min(...perSecond)).toBeGreaterThanOrEqual(40 * 16 - 16)
  })

  it('scrapes a node again for the sake of a pod when that is due, and then in its turn', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(3 * RESOLUTION)
    at.stored = { ...PLAIN, anotherMs: 6000 }
    const before = times('a').length
    await at.clock.advance(RESOLUTION)
    at.stored = PLAIN
    await at.clock.advance(2 * RESOLUTION)
    const [turn = 0, other = 0, ...later] = times('a').slice(before)
    expect(other - turn).toBe(6000)
    expect(later.slice(-2)).toEqual([turn + RESOLUTION, turn + 2 * RESOLUTION])
  })

  it('leaves a pod to the scrape that comes anyway when that is no later', async () => {
    at.stored = { ...PLAIN, anotherMs: 14_900 }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(4 * RESOLUTION)
    expect(times('a')).toHaveLength(5)
  })

  it('scrapes a node on which pods begin all the time no more often than every quarter of a resolution', async () => {
    at.stored = { ...PLAIN, anotherMs: 1 }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(10 * RESOLUTION)
    expect(times('a').length).toBeLessThanOrEqual(10 * 5 + 1)
  })

  it('is warmed up once a node has values of its own, within two resolutions', async () => {
    at.stored = { ...PLAIN, node: false, anotherMs: 2000 }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(RESOLUTION + 1)
    expect(scraper.state()).toMatchObject({ scraped: 1, warmedUp: 0 })
    await at.clock.advance(RESOLUTION)
    expect(scraper.state()).toMatchObject({ scraped: 1, warmedUp: 1 })
    const other = createScraper()
    other.upsert(node('b'))
    await at.clock.advance(1)
    at.stored = PLAIN
    await at.clock.advance(3000)
    expect(other.state()).toMatchObject({ warmedUp: 1 })
  })

  it('scrapes a failing node after one resolution, then two, and within a minute ever after', async () => {
    at.behave = () => Promise.reject(failing('timeout'))
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(30 * RESOLUTION)
    const gaps = times('a').map((t, i, all) => t - (all[i - 1] ?? t))
    expect(gaps.slice(1, 4)).toEqual([RESOLUTION, 2 * RESOLUTION, 3 * RESOLUTION])
    expect(Math.max(...gaps)).toBe(60_000)
    expect(at.observed.every((o) => o.failure === 'timeout')).toBe(true)
    expect(at.dropped).toContain('a')
    expect(at.faults[0]).toBe('node/a: Failed to scrape node: node is bad: timeout')
  })

  it('scrapes a node that failed twice once more before the retention of its samples ends', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(3 * RESOLUTION)
    const last = times('a').at(-1) ?? 0
    let fails = 2
    at.behave = () => (fails-- > 0 ? Promise.reject(failing('timeout')) : answer())
    await at.clock.advance(3 * RESOLUTION)
    expect(times('a').filter((ms) => ms > last)).toEqual([
      last + RESOLUTION,
      last + 2 * RESOLUTION,
      last + 3 * RESOLUTION - 5000,
      last + 3 * RESOLUTION,
    ])
  })

  it('reports what was left out of answers once, and its end when there was none of it for ten minutes', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    at.stored = { ...PLAIN, rejected: { counts: new Map([['counter-fell', 2]]), examples: ['ns/p/c: counter-fell'] } }
    await at.clock.advance(RESOLUTION / 2)
    expect(at.rejected).toEqual(['counter-fell 2'])
    expect(at.faults.at(-1)).toMatch(/^samples\/a: Rejected samples that contradict earlier ones /)
    at.stored = PLAIN
    await at.clock.advance(9 * 60_000)
    expect(at.faults.filter((line) => line === 'samples/a: resolved')).toEqual([])
    await at.clock.advance(2 * 60_000)
    expect(at.faults.filter((line) => line === 'samples/a: resolved')).toHaveLength(1)
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
    expect(scraper.state()).toEqual({ nodes: 1, scraped: 1, warmedUp: 1, failing: 0 })
  })

  it('scrapes a failing node at once when the cluster says where else it is to be reached', async () => {
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
