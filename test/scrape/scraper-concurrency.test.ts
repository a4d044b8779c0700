import { describe, expect, it } from 'vitest'
import { node, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()
const { answer, createScraper, times } = at

describe('the scraper', () => {
  it('lets no node wait for one that hangs', async () => {
    at.behave = (name) => (name.startsWith('bad') ? new Promise(() => {}) : answer())
    const scraper = createScraper(4)
    for (let i = 0; i < 8; i++) scraper.upsert(node(`bad${i}`))
    scraper.upsert(node('good'))
    await at.clock.advance(2000)
    expect(times('good')).toHaveLength(1)
  })

  it('begins no more requests at once than it may', async () => {
    at.behave = () => new Promise(() => {})
    const scraper = createScraper(4)
    for (let i = 0; i < 10; i++) scraper.upsert(node(`n${i}`))
    await at.clock.advance(999)
    expect(at.scraped).toHaveLength(4)
  })

  it('never scrapes a node twice at once', async () => {
    at.behave = () => new Promise(() => {})
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(10 * RESOLUTION)
    expect(times('a')).toHaveLength(1)
  })
})
