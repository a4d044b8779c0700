import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { answerAs, answerAsKubelet, answerStatus, LOOPBACK, RESOURCE_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const decodeExposition = createExpositionDecoder()

const SUMMARY_PATH = '/stats/summary?only_cpu_and_memory=true'
const RESOURCE_PATH = '/metrics/resource'
const MINUTE = 60_000

const at = useKubelet()

describe('where the Summary is not to be had', () => {
  const withoutSummary =
    (status: number): typeof answerAsKubelet =>
    (request, response) =>
      (request.url === SUMMARY_PATH ? answerStatus(status, 'no') : answerAsKubelet)(request, response)

  it('a node that answers 404 is scraped at /metrics/resource, and at the Summary again after 10 minutes', async () => {
    at.kubelet.answer = withoutSummary(404)
    expect((await at.client.scrape(LOOPBACK)).sample).toStrictEqual(decodeExposition(RESOURCE_BODY))
    await at.client.clock.advance(9 * MINUTE)
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.asked).toEqual([SUMMARY_PATH, RESOURCE_PATH, RESOURCE_PATH])
    expect(at.kubelet.connections()).toBe(1)

    await at.client.clock.advance(MINUTE)
    expect((await at.client.scrape(LOOPBACK)).sample.source).toBe('resource')
    expect(at.kubelet.asked.slice(3)).toEqual([SUMMARY_PATH, RESOURCE_PATH])

    at.kubelet.answer = answerAsKubelet
    await at.client.clock.advance(10 * MINUTE)
    expect((await at.client.scrape(LOOPBACK)).sample.source).toBe('summary')
    expect((await at.client.scrape(LOOPBACK)).sample.source).toBe('summary')
    expect(at.kubelet.asked.slice(5)).toEqual([SUMMARY_PATH, SUMMARY_PATH])
  })

  describe('for want of a right (403)', () => {
    const NODES = Array.from({ length: 8 }, (_, i) => ({ ...LOOPBACK, name: `node-${i + 1}` }))
    const RESOLUTION = 15_000
    /** Every node once, spread over a resolution; gives the sources. */
    async function round(): Promise<string[]> {
      const sources: string[] = []
      for (const node of NODES) {
        sources.push((await at.client.scrape(node)).sample.source)
        await at.client.clock.advance(RESOLUTION / NODES.length)
      }
      return sources
    }
    const summariesAsked = () => at.kubelet.asked.splice(0).filter((path) => path === SUMMARY_PATH).length
    // One kubelet stands for all nodes: it must not say that it is one of them.
    const granted: typeof answerAsKubelet = answerAs('')

    it('a few nodes find out, and all take the Summary within two resolutions after the grant', async () => {
      at.kubelet.answer = withoutSummary(403)
      expect(await round()).toEqual(NODES.map(() => 'resource'))
      expect(summariesAsked()).toBe(NODES.length)
      await round()
      expect(summariesAsked()).toBeLessThanOrEqual(RESOLUTION / 5000)
      at.kubelet.answer = granted
      await round()
      expect(await round()).toEqual(NODES.map(() => 'summary'))
    })

    it('a node whose Summary hangs after the grant is left at /metrics/resource', async () => {
      at.kubelet.answer = withoutSummary(403)
      await at.client.scrape(LOOPBACK)
      await at.client.clock.advance(RESOLUTION)
      at.kubelet.answer = (request, response) => {
        if (request.url !== SUMMARY_PATH) answerAsKubelet(request, response)
      }
      const [failure] = [at.client.failure(), await at.kubelet.nextRequest()]
      await at.client.clock.advance(10_000)
      expect((await failure).reason).toBe('timeout')
      for (let i = 0; i < 3; i++) {
        await at.client.clock.advance(RESOLUTION)
        expect((await at.client.scrape(LOOPBACK)).sample.source).toBe('resource')
      }
    })

    it('how many nodes it is, is reported once, and that there is none any more', async () => {
      const reported: number[] = []
      await at.replaceClient({ onSummaryForbidden: (nodes) => reported.push(nodes) })
      at.kubelet.answer = withoutSummary(403)
      for (const node of NODES) await at.client.scrape(node)
      for (let i = 0; i < 3; i++) await round()
      expect(reported).toEqual([NODES.length])
      at.client.forget('node-1')
      await at.client.clock.advance(10_000)
      expect(reported).toEqual([NODES.length, NODES.length - 1])
      at.kubelet.answer = granted
      for (let i = 0; i < 2; i++) await round()
      await at.client.clock.advance(10_000)
      expect(reported.at(-1)).toBe(0)
    })
  })

  it('a Summary that fails otherwise when it is tried again does not keep the node from being scraped', async () => {
    at.kubelet.answer = withoutSummary(404)
    await at.client.scrape(LOOPBACK)
    await at.client.clock.advance(10 * MINUTE)
    at.kubelet.answer = withoutSummary(500)
    expect((await at.client.scrape(LOOPBACK)).sample.source).toBe('resource')
  })

  it.each([401, 500, 302])('a Summary that answers %i is no reason to ask anything else', async (status) => {
    at.kubelet.answer = withoutSummary(status)
    await at.client.failure()
    expect(at.kubelet.asked).toEqual([SUMMARY_PATH])
  })

  it('a node that has neither fails with the Summary’s cause, and is scraped at both again', async () => {
    at.kubelet.answer = answerStatus(403, 'Forbidden')
    expect(await at.client.failure()).toMatchObject({
      reason: 'forbidden',
      remedy: expect.stringContaining('nodes/stats'),
    })
    await at.client.failure()
    expect(at.kubelet.asked).toEqual([SUMMARY_PATH, RESOURCE_PATH, SUMMARY_PATH, RESOURCE_PATH])
  })

  it('other nodes are asked the Summary as before', async () => {
    at.kubelet.answer = withoutSummary(404)
    await at.client.scrape(LOOPBACK)
    at.kubelet.answer = answerAs('node-2')
    expect((await at.client.scrape({ ...LOOPBACK, name: 'node-2' })).sample.source).toBe('summary')
  })

  it.each(['summary', 'resource'] as const)('source %s asks nothing else', async (source) => {
    await at.replaceClient({ source })
    expect((await at.client.scrape(LOOPBACK)).sample.source).toBe(source)
    at.kubelet.answer = answerStatus(404)
    expect((await at.client.failure()).reason).toBe('not-found')
    expect(new Set(at.kubelet.asked).size).toBe(1)
  })
})
