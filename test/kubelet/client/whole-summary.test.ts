import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { wholeSummaryAnswer } from '../../../bench/kubelet-answers.ts'
import { plain } from '../../support/plain-samples.ts'
import { answerAsKubelet, answerStatus, LOOPBACK } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const COMMON = '/stats/summary?only_cpu_and_memory=true'
const WHOLE = '/stats/summary'
const BODY = Buffer.from(wholeSummaryAnswer(2).toString().replace('"real-node"', '"node-1"'))

const at = useKubelet()

/** A kubelet that does this when it is asked for the whole Summary, and is as usual otherwise. */
const withWhole =
  (whole: RequestListener): RequestListener =>
  (request, response) =>
    (request.url === WHOLE ? whole : answerAsKubelet)(request, response)
const answerWhole: RequestListener = (_, response) => void response.end(BODY)
const hang: RequestListener = () => {}

const storages = async (scraped: ReturnType<typeof at.client.scrape>) =>
  plain((await scraped).sample).pods.flatMap(({ containers }) => containers.map((each) => each.ephemeralStorageBytes))

describe('a scrape that wants the whole Summary', () => {
  it('asks for that alone', async () => {
    at.kubelet.answer = withWhole(answerWhole)
    const scraped = at.client.scrape(LOOPBACK, true)
    expect(await storages(scraped)).toEqual([114_688, 114_688, 114_688, 114_688])
    expect((await scraped).wholeSummary).toBe(true)
    expect(at.kubelet.asked).toEqual([WHOLE])
  })

  it('and one that does not keep one connection', async () => {
    at.kubelet.answer = withWhole(answerWhole)
    for (const isWholeWanted of [false, true, false]) {
      expect((await at.client.scrape(LOOPBACK, isWholeWanted)).wholeSummary).toBe(isWholeWanted)
    }
    expect(at.kubelet.asked).toEqual([COMMON, WHOLE, COMMON])
    expect(at.kubelet.connections()).toBe(1)
  })

  it.each([
    ['refuses it with 500, as when it cannot read a filesystem', answerStatus(500, 'no')],
    ['does not have it', answerStatus(404, 'no')],
    ['forbids it', answerStatus(403, 'no')],
    ['sends what is no JSON', answerStatus(200, '{')],
    ['ends the connection', (request) => void request.socket.destroy()],
    ['sends another node’s', answerStatus(200, '{"node":{"nodeName":"other","cpu":{"usageNanoCores":1}},"pods":[]}')],
  ] satisfies [
    string,
    RequestListener,
  ][])('has CPU and memory in the same turn where the kubelet %s', async (_, whole) => {
    at.kubelet.answer = withWhole(whole)
    const { sample, wholeSummary } = await at.client.scrape(LOOPBACK, true)
    expect(wholeSummary).toBe(false)
    expect(sample).toMatchObject({ source: 'summary', nodeName: 'node-1' })
    expect(at.kubelet.asked).toContain(COMMON)
  })

  it('has CPU and memory after a second where the kubelet does not give it by then', async () => {
    at.kubelet.answer = withWhole(hang)
    const begun = at.kubelet.nextRequest()
    const scraped = at.client.scrape(LOOPBACK, true)
    await begun
    await at.client.clock.advance(999)
    expect(at.kubelet.asked).toEqual([WHOLE])
    const next = at.kubelet.nextRequest()
    await at.client.clock.advance(1)
    await next
    expect((await scraped).wholeSummary).toBe(false)
    expect(at.kubelet.asked).toEqual([WHOLE, COMMON])
  })

  it('is bounded as every answer is', async () => {
    await at.replaceClient({ maxBodyBytes: 8192 })
    at.kubelet.answer = withWhole((_, response) => void response.end(Buffer.alloc(8193, ' ')))
    expect((await at.client.scrape(LOOPBACK, true)).wholeSummary).toBe(false)
  })

  it('ends with the client', async () => {
    at.kubelet.answer = withWhole(hang)
    const begun = at.kubelet.nextRequest()
    const scraped = at.client.scrape(LOOPBACK, true)
    await begun
    await Promise.all([expect(scraped).rejects.toMatchObject({ reason: 'closed' }), at.client.close()])
    expect(at.kubelet.asked).toEqual([WHOLE])
  })

  it('is as usual where the source is /metrics/resource', async () => {
    const node = { ...LOOPBACK, resourceMetricsPath: '/metrics/resource' }
    at.kubelet.answer = withWhole(answerStatus(404, 'no'))
    expect((await at.client.scrape(node, true)).sample.source).toBe('resource')
  })
})

describe('the whole Summary alone', () => {
  it('may take as long as it is given', async () => {
    at.kubelet.answer = withWhole((_, response) => void at.client.clock.after(5000, () => void response.end(BODY)))
    const begun = at.kubelet.nextRequest()
    const scraped = at.client.scrapeWhole(LOOPBACK, 6000)
    await begun
    await at.client.clock.advance(5000)
    expect(await storages(scraped)).toHaveLength(4)
    expect(at.kubelet.asked).toEqual([WHOLE])
  })

  it('fails with its cause', async () => {
    at.kubelet.answer = withWhole(answerStatus(500, 'no'))
    await expect(at.client.scrapeWhole(LOOPBACK, 6000)).rejects.toMatchObject({ reason: 'http-status' })
    at.kubelet.answer = withWhole(hang)
    const begun = at.kubelet.nextRequest()
    const late = expect(at.client.scrapeWhole(LOOPBACK, 6000)).rejects.toMatchObject({ reason: 'timeout' })
    await begun
    await at.client.clock.advance(6000)
    await late
  })
})
