import { describe, expect, it } from 'vitest'
import { node, RESOLUTION, useScraper } from './scraper-fixture.ts'

const at = useScraper()

describe('pods that an answer lists and that make no sense', () => {
  it('are reported beside the node’s own faults, in the same words whatever pods they are, until there were none for ten minutes', async () => {
    const reason = 'it has more than 1000 containers'
    let count = 0
    at.behave = async () => {
      const { sample, ...rest } = await at.answer()
      return { ...rest, sample: { ...sample, leftOut: { reason, count: ++count, example: `n/p-${count}` } } }
    }
    const scraper = at.createScraper()
    scraper.upsert(node('a'))
    await at.clock.advance(3 * RESOLUTION)
    const said = at.faults.filter((fault) => fault.startsWith('node/a/left-out: '))
    expect(said.length).toBeGreaterThan(2)
    expect(new Set(said)).toEqual(
      new Set([
        `node/a/left-out: Left out pods that a kubelet reports in a way that cannot be true; its own log may say more: ${reason}`,
      ]),
    )
    at.behave = at.answer
    await at.clock.advance(11 * 60_000)
    expect(at.faults.filter((fault) => fault.startsWith('node/a/left-out')).at(-1)).toBe('node/a/left-out: resolved')
    scraper.stop()
  })
})
