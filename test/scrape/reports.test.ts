import { describe, expect, it } from 'vitest'
import { failing, node, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()

async function scraperOf(...names: string[]) {
  const scraper = at.createScraper()
  for (const name of names) scraper.upsert(node(name))
  await at.clock.advance(0)
  return scraper
}

describe('what came of asking a node', () => {
  it('is nothing before the first request has ended', async () => {
    at.behave = () => new Promise(() => {})
    const scraper = await scraperOf('a')
    expect(scraper.reports()).toEqual([
      { name: 'a', last: undefined, source: undefined, failures: 0, failure: undefined },
    ])
  })

  it('is when, how long it took, and which endpoint answered', async () => {
    at.behave = async () => {
      await new Promise<void>((resolve) => void at.clock.after(30, resolve))
      return at.answer()
    }
    const scraper = await scraperOf('a')
    await at.clock.advance(30)
    expect(scraper.reports()).toMatchObject([
      { name: 'a', last: { endedAtMs: 30, tookMs: 30 }, source: 'summary', failures: 0, failure: undefined },
    ])
  })

  it('is why it fails, since the first of the failures in a row, and how often', async () => {
    const scraper = await scraperOf('a')
    await at.clock.advance(2 * RESOLUTION)
    const beforeMs = at.clock.monotonicMs()
    at.behave = () => Promise.reject(failing('timeout'))
    await at.clock.advance(RESOLUTION)
    at.behave = () => Promise.reject(failing('tls'))
    await at.clock.advance(RESOLUTION)
    const [report] = scraper.reports()
    expect(report?.failure).toMatchObject({ cause: 'tls', message: 'node is bad: tls' })
    expect(report?.failures).toBe(2)
    expect(report?.source).toBe('summary')
    const { sinceMs = 0 } = report?.failure ?? {}
    expect(sinceMs).toBeGreaterThan(beforeMs)
    expect(sinceMs).toBeLessThanOrEqual(beforeMs + RESOLUTION)
  })

  it('is well again with the first answer', async () => {
    at.behave = () => Promise.reject(failing('timeout'))
    const scraper = await scraperOf('a')
    at.behave = at.answer
    await at.clock.advance(2 * RESOLUTION)
    expect(scraper.reports()).toMatchObject([{ failures: 0, failure: undefined }])
  })

  it('goes away with the node', async () => {
    const scraper = await scraperOf('a', 'b')
    scraper.remove('a')
    expect(scraper.reports().map(({ name }) => name)).toEqual(['b'])
  })
})
