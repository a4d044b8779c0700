import { describe, expect, it } from 'vitest'
import type { Scrape } from '../../src/model/sample.ts'
import { node, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()
const { answer, createScraper, times } = at

describe('the scraper', () => {
  it('forgets a removed node everywhere, also while it is being asked', async () => {
    const request = Promise.withResolvers<Scrape>()
    at.behave = () => request.promise
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(1)
    scraper.remove('a')
    request.resolve(await answer())
    await at.clock.advance(5 * RESOLUTION)
    expect(at.forgotten.sort()).toEqual(['kubelet a', 'observer a', 'store a'])
    expect(at.observed).toEqual([])
    expect(times('a')).toHaveLength(1)
  })

  it('takes a node recreated under its name as another node', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a', 'uid-1'))
    await at.clock.advance(10)
    scraper.upsert(node('a', 'uid-2'))
    await at.clock.advance(10)
    expect(at.forgotten).toContain('store a')
    expect(times('a')).toEqual([0, 10])
  })

  it('reports the slowest request of each resolution', async () => {
    at.behave = async () => {
      await new Promise<void>((resolve) => void at.clock.after(700, resolve))
      return answer()
    }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(RESOLUTION)
    expect(at.cycles).toEqual([0.7])
  })

  it('logs one line a cycle at v=2, and each scrape at v=4', async () => {
    at.behave = async (name) => {
      await new Promise<void>((resolve) => void at.clock.after(700, resolve))
      if (name === 'b') throw Object.assign(new Error('refused'), { reason: 'connection' })
      const { sample, ...rest } = await answer()
      return { ...rest, sample: { ...sample, pods: [] } }
    }
    const scraper = createScraper()
    for (const name of ['a', 'b']) scraper.upsert(node(name))
    await at.clock.advance(RESOLUTION / 2)
    expect(at.log.lines).toEqual([
      { message: 'Scraped node', fields: { node: 'a', pods: 0, source: 'summary', durationMs: 700 } },
      { message: 'Scraped node', fields: { node: 'b', cause: 'connection', durationMs: 700 } },
    ])
    await at.clock.advance(RESOLUTION / 2)
    expect(at.log.lines.find(({ message }) => message === 'Scrape cycle ended')?.fields).toEqual({
      nodes: 2,
      failed: 1,
      pods: 0,
      slowestMs: 700,
    })
  })

  it('logs a failed scrape with a constant message, and what, where and the fix in fields', async () => {
    const fault = { reason: 'tls', what: 'its certificate has expired', address: '10.0.0.1:10250', remedy: 'renew it' }
    at.behave = () => Promise.reject(Object.assign(new Error('node a at 10.0.0.1:10250: …'), fault))
    createScraper().upsert(node('a'))
    await at.clock.advance(1)
    expect(at.reported[0]).toEqual({
      message: 'Failed to scrape node',
      fields: {
        err: 'its certificate has expired',
        node: 'a',
        address: '10.0.0.1:10250',
        cause: 'tls',
        fix: 'renew it',
      },
    })
  })

  it('is timely while its timers run, also when no node answers', async () => {
    at.behave = () => new Promise(() => {})
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(10 * RESOLUTION)
    expect(scraper.timely()).toBe(true)
    scraper.stop()
    await at.clock.advance(2 * RESOLUTION + 1)
    expect(scraper.timely()).toBe(false)
  })

  it('scrapes no node after it was stopped', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(1)
    scraper.stop()
    scraper.upsert(node('b'))
    await at.clock.advance(5 * RESOLUTION)
    expect(at.scraped).toHaveLength(1)
  })
})
