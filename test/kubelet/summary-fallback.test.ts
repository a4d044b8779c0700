import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../src/kubelet/exposition.ts'
import { answerAsKubelet, answerStatus, LOOPBACK, RESOURCE_BODY } from './fake-kubelet.ts'
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

  it.each([
    403, 404,
  ])('a node that answers %i is asked /metrics/resource, and the Summary again after 10 minutes', async (status) => {
    at.kubelet.answer = withoutSummary(status)
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

  it('a node that has neither fails with the Summary’s cause, and is asked both again', async () => {
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
    at.kubelet.answer = answerAsKubelet
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
