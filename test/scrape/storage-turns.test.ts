import { describe, expect, it } from 'vitest'
import type { Scrape } from '../../src/model/sample.ts'
import { failing, node, PLAIN, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()
const STORAGE = 4 * RESOLUTION
const never = () => new Promise<Scrape>(() => {})

/** A kubelet that gives whole Summaries. */
const answerWhole = async (_: string, isWholeWanted: boolean) => ({
  ...(await at.answer()),
  wholeSummary: isWholeWanted,
})
/** Which turns of a node, from its first, were asked for the whole Summary. */
const turns = (name: string) =>
  at.scraped.filter((one) => one.node === name).flatMap(({ isWholeWanted }, turn) => (isWholeWanted ? [turn] : []))

function startNode(names = ['a']) {
  const scraper = at.createScraper()
  for (const name of names) scraper.upsert(node(name))
  return scraper
}

describe('the whole Summary', () => {
  it('is never asked for where storage is not wanted', async () => {
    startNode()
    await at.clock.advance(10 * STORAGE)
    expect(turns('a')).toEqual([])
    expect(at.scrapedWhole).toEqual([])
  })

  it('is asked for in every fourth turn, in place of CPU and memory alone, and not in the first', async () => {
    at.storageResolutionMs = STORAGE
    at.behave = answerWhole
    startNode()
    await at.clock.advance(12 * RESOLUTION)
    const all = turns('a')
    expect(all[0]).toBeGreaterThan(0)
    expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + 4 * i))
    expect(all.length).toBe(3)
    expect(at.scraped.length).toBeGreaterThanOrEqual(12)
    expect(at.scrapedWhole).toEqual([])
  })

  it('does not change when nodes are scraped', async () => {
    startNode()
    await at.clock.advance(10 * RESOLUTION)
    const without = at.times('a')
    at.storageResolutionMs = STORAGE
    at.behave = answerWhole
    startNode(['b'])
    const from = at.clock.monotonicMs()
    await at.clock.advance(10 * RESOLUTION)
    expect(at.times('b').map((ms) => ms - from)).toEqual(without)
  })

  it('is asked of the nodes in turn, so that the load is flat', async () => {
    at.storageResolutionMs = STORAGE
    at.behave = answerWhole
    startNode(Array.from({ length: 64 }, (_, i) => `n${i}`))
    await at.clock.advance(RESOLUTION + 1)
    for (let i = 0; i < 8; i++) {
      at.scraped = []
      await at.clock.advance(RESOLUTION)
      expect(at.scraped).toHaveLength(64)
      expect(at.scraped.filter(({ isWholeWanted }) => isWholeWanted)).toHaveLength(16)
    }
  })

  it('is not asked for by an extra scrape for new pods', async () => {
    at.storageResolutionMs = RESOLUTION
    at.behave = answerWhole
    startNode()
    await at.clock.advance(3 * RESOLUTION)
    at.stored = { ...PLAIN, anotherMs: 5000 }
    at.scraped = []
    await at.clock.advance(RESOLUTION + 6000)
    expect(at.scraped.map(({ isWholeWanted }) => isWholeWanted)).toEqual([true, false])
  })

  it('is not asked of a node that answers with /metrics/resource, or that fails', async () => {
    at.storageResolutionMs = RESOLUTION
    at.behave = async () => {
      const scrape = await at.answer()
      return { ...scrape, sample: { ...scrape.sample, source: 'resource' } }
    }
    startNode()
    await at.clock.advance(5 * RESOLUTION)
    at.behave = async () => Promise.reject(failing('timeout'))
    await at.clock.advance(5 * RESOLUTION)
    expect(turns('a')).toEqual([])
  })
})

describe('a node whose whole Summary fails or takes long', () => {
  /** Its whole Summary is never had in place of the other one. */
  function startPoorNode() {
    at.storageResolutionMs = STORAGE
    startNode()
    return at.clock.advance(3 * RESOLUTION)
  }

  it('is asked for it apart, after CPU and memory are stored, and tells nobody', async () => {
    await startPoorNode()
    expect(turns('a')).toHaveLength(1)
    expect(at.scrapedWhole).toHaveLength(1)
    expect(at.storedApart).toEqual(['a'])
    expect(at.faults.filter((line) => line.includes('storage: Failed'))).toEqual([])
    expect(at.observed.every(({ failure }) => failure === undefined)).toBe(true)
  })

  it('is asked for it in place of CPU and memory again once it comes at once', async () => {
    await startPoorNode()
    at.behave = answerWhole
    at.scraped = []
    await at.clock.advance(STORAGE)
    expect(turns('a')).toHaveLength(1)
    expect(at.scrapedWhole).toHaveLength(1)
  })

  it('goes on being asked for it apart while it takes long', async () => {
    at.behaveWhole = async () => {
      await new Promise<void>((resolve) => void at.clock.after(3000, resolve))
      return at.answer()
    }
    await startPoorNode()
    await at.clock.advance(3 * STORAGE)
    expect(turns('a')).toHaveLength(1)
    expect(at.scrapedWhole).toHaveLength(4)
    expect(new Set(at.times('a').map((ms) => ms % RESOLUTION))).toEqual(new Set([0]))
  })

  it('is asked for it less and less often while it fails, said once, and is scraped as ever', async () => {
    at.behaveWhole = () => Promise.reject(failing('http-status'))
    await startPoorNode()
    await at.clock.advance(40 * STORAGE)
    const [first = 0, ...rest] = at.scrapedWhole.map(({ atMs }) => atMs)
    const pauses = rest.map((ms, i) => (ms - (rest[i - 1] ?? first)) / STORAGE)
    expect(pauses).toEqual([1, 2, 4, 8, 8, 8, 8])
    expect(at.times('a')).toHaveLength(1 + 3 + 40 * 4)
    const [report] = at.reported
    expect(report?.message).toMatch(/ephemeral storage is not known/)
    at.behaveWhole = at.answer
    await at.clock.advance(9 * STORAGE)
    expect(at.faults.findLast((line) => line.startsWith('node/a/storage'))).toBe('node/a/storage: resolved')
  })

  it('has no more time for it than the ordinary scrape has left', async () => {
    const given: number[] = []
    at.behaveWhole = never
    at.storageResolutionMs = STORAGE
    at.behave = async () => {
      await new Promise<void>((resolve) => void at.clock.after(4000, resolve))
      return at.answer()
    }
    at.wholeTimeouts = given
    startNode()
    await at.clock.advance(4 * RESOLUTION)
    expect(given).toEqual([6000])
  })
})
