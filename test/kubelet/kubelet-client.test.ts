import { once } from 'node:events'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'
import { decodeExposition } from '../../src/kubelet/exposition.ts'
import { decodeSummary } from '../../src/kubelet/summary.ts'
import {
  answerAsKubelet,
  answerStatus,
  clientFor,
  type FakeKubelet,
  LOOPBACK,
  nodeAt,
  RESOURCE_BODY,
  SUMMARY_BODY,
  startKubelet,
  type TestClient,
  TOKEN,
} from './fake-kubelet.ts'

const SUMMARY_PATH = '/stats/summary?only_cpu_and_memory=true'
const RESOURCE_PATH = '/metrics/resource'
const MINUTE = 60_000

let ca: Authority
let pair: Pair
let kubelet: FakeKubelet
let client: TestClient

beforeAll(async () => {
  ca = await createAuthority('cluster-ca')
  pair = await ca.issue({ commonName: 'system:node:node-1', dns: ['node-1'], ips: ['127.0.0.1'], usage: 'server' })
})
beforeEach(async () => {
  kubelet = await startKubelet(pair)
  client = clientFor(kubelet, ca)
})
afterEach(async () => {
  await client.close()
  await kubelet.close()
})

describe('a scrape', () => {
  it('asks for the Summary, with the credential and without Accept-Encoding, and decodes it', async () => {
    const { sample } = await client.scrape(LOOPBACK)
    expect(sample).toStrictEqual(decodeSummary(SUMMARY_BODY))
    expect(kubelet.asked).toEqual([SUMMARY_PATH])
    expect(kubelet.headers[0]).toMatchObject({ authorization: TOKEN, host: `127.0.0.1:${kubelet.port}` })
    expect(kubelet.headers[0]).not.toHaveProperty('accept-encoding')
  })

  it('keeps its connection from scrape to scrape, and goes over it with the credential of the moment', async () => {
    await client.close()
    let token = 'Bearer one'
    client = clientFor(kubelet, ca, { authorization: async () => token })
    await client.scrape(LOOPBACK)
    token = 'Bearer two'
    await client.scrape(LOOPBACK)
    await client.scrape(LOOPBACK)
    expect(kubelet.connections()).toBe(1)
    expect(kubelet.headers.map((each) => each.authorization)).toEqual(['Bearer one', 'Bearer two', 'Bearer two'])
  })

  it('holds its values to be of the middle between the request and the answer’s headers, on both clocks', async () => {
    const before = { wall: client.clock.wallMs(), monotonic: client.clock.monotonicMs() }
    const wallRead = vi.spyOn(client.clock, 'wallMs')
    kubelet.answer = async (_, response) => {
      await client.clock.advance(200)
      client.clock.jumpWall(5000)
      response.writeHead(200).write(SUMMARY_BODY.subarray(0, 100))
      await vi.waitUntil(() => wallRead.mock.calls.length > 0, { interval: 1 })
      await client.clock.advance(3000)
      response.end(SUMMARY_BODY.subarray(100))
    }
    const { askedAt } = await client.scrape(LOOPBACK)
    expect(askedAt).toEqual({ monotonicMs: before.monotonic + 100, wallMs: before.wall + 5100 })
  })

  it('makes a new connection, once, when the kubelet has closed the kept one without a word', async () => {
    await client.scrape(LOOPBACK)
    let cut = 0
    kubelet.answer = (request, response) => {
      if (cut++ === 0) request.socket.destroy()
      else answerAsKubelet(request, response)
    }
    await client.scrape(LOOPBACK)
    expect(kubelet.connections()).toBe(2)
    kubelet.answer = (request) => request.socket.destroy()
    expect((await client.failure()).reason).toBe('connection')
    expect(kubelet.asked).toHaveLength(5)
  })

  it('goes on after the kubelet was restarted', async () => {
    await client.scrape(LOOPBACK)
    const { port } = kubelet
    await kubelet.close()
    expect(await client.failure()).toMatchObject({ reason: 'connection', address: `127.0.0.1:${port}` })
    kubelet = await startKubelet(pair, '127.0.0.1', port)
    expect((await client.scrape(LOOPBACK)).sample.nodeName).toBe('real-node')
  })

  it('takes the port of the node’s status when told to', async () => {
    await client.close()
    client = clientFor({ port: 1 }, ca, { useNodeStatusPort: true })
    await client.scrape({ ...LOOPBACK, kubeletPort: kubelet.port })
    expect(await client.failure({ ...LOOPBACK, name: 'other' })).toMatchObject({ address: '127.0.0.1:1' })
  })
})

describe('where the Summary is not to be had', () => {
  const withoutSummary =
    (status: number): typeof answerAsKubelet =>
    (request, response) =>
      (request.url === SUMMARY_PATH ? answerStatus(status, 'no') : answerAsKubelet)(request, response)

  it.each([
    403, 404,
  ])('a node that answers %i is asked /metrics/resource, and the Summary again after 10 minutes', async (status) => {
    kubelet.answer = withoutSummary(status)
    expect((await client.scrape(LOOPBACK)).sample).toStrictEqual(decodeExposition(RESOURCE_BODY))
    await client.clock.advance(9 * MINUTE)
    await client.scrape(LOOPBACK)
    expect(kubelet.asked).toEqual([SUMMARY_PATH, RESOURCE_PATH, RESOURCE_PATH])
    expect(kubelet.connections()).toBe(1)

    await client.clock.advance(MINUTE)
    expect((await client.scrape(LOOPBACK)).sample.source).toBe('resource')
    expect(kubelet.asked.slice(3)).toEqual([SUMMARY_PATH, RESOURCE_PATH])

    kubelet.answer = answerAsKubelet
    await client.clock.advance(10 * MINUTE)
    expect((await client.scrape(LOOPBACK)).sample.source).toBe('summary')
    expect((await client.scrape(LOOPBACK)).sample.source).toBe('summary')
    expect(kubelet.asked.slice(5)).toEqual([SUMMARY_PATH, SUMMARY_PATH])
  })

  it('a Summary that fails otherwise when it is tried again does not keep the node from being scraped', async () => {
    kubelet.answer = withoutSummary(404)
    await client.scrape(LOOPBACK)
    await client.clock.advance(10 * MINUTE)
    kubelet.answer = withoutSummary(500)
    expect((await client.scrape(LOOPBACK)).sample.source).toBe('resource')
  })

  it.each([401, 500, 302])('a Summary that answers %i is no reason to ask anything else', async (status) => {
    kubelet.answer = withoutSummary(status)
    await client.failure()
    expect(kubelet.asked).toEqual([SUMMARY_PATH])
  })

  it('a node that has neither fails with the Summary’s cause, and is asked both again', async () => {
    kubelet.answer = answerStatus(403, 'Forbidden')
    expect(await client.failure()).toMatchObject({
      reason: 'forbidden',
      remedy: expect.stringContaining('nodes/stats'),
    })
    await client.failure()
    expect(kubelet.asked).toEqual([SUMMARY_PATH, RESOURCE_PATH, SUMMARY_PATH, RESOURCE_PATH])
  })

  it('other nodes are asked the Summary as before', async () => {
    kubelet.answer = withoutSummary(404)
    await client.scrape(LOOPBACK)
    kubelet.answer = answerAsKubelet
    expect((await client.scrape({ ...LOOPBACK, name: 'node-2' })).sample.source).toBe('summary')
  })

  it.each(['summary', 'resource'] as const)('source %s asks nothing else', async (source) => {
    await client.close()
    client = clientFor(kubelet, ca, { source })
    expect((await client.scrape(LOOPBACK)).sample.source).toBe(source)
    kubelet.answer = answerStatus(404)
    expect((await client.failure()).reason).toBe('not-found')
    expect(new Set(kubelet.asked).size).toBe(1)
  })
})

describe('the annotation for the path', () => {
  it.each([
    ['/custom/metrics', '/custom/metrics'],
    ['custom', '/custom'],
    ['/a b?c#d', '/a%20b%3Fc%23d'],
    ['//evil.example/x', '//evil.example/x'],
    ['http://evil.example/', '/http://evil.example/'],
  ])('%s is asked in the exposition format', async (resourceMetricsPath, path) => {
    kubelet.answer = (_, response) => void response.end(RESOURCE_BODY)
    const { sample } = await client.scrape({ ...LOOPBACK, resourceMetricsPath })
    expect(sample.source).toBe('resource')
    expect(kubelet.asked).toEqual([path])
  })

  it.each([
    '/a\r\nx: y',
    '/\u0000',
    '/\ud800',
    `/${'x'.repeat(2000)}`,
  ])('%j is refused', async (resourceMetricsPath) => {
    expect(await client.failure({ ...LOOPBACK, resourceMetricsPath })).toMatchObject({ reason: 'malformed' })
    expect(kubelet.asked).toEqual([])
  })
})

describe('addresses', () => {
  const DEAD = '127.0.0.2'
  const addresses = (...all: [type: string, address: string][]) =>
    nodeAt(all.map(([type, address]) => ({ type, address })))

  it('the next is tried when one refuses, and the one that works is kept', async () => {
    const node = addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1'])
    await client.scrape(node)
    const other = await startKubelet(pair, DEAD, kubelet.port)
    await client.scrape(node)
    expect(other.asked).toEqual([])
    await client.scrape(addresses(['InternalIP', DEAD]))
    expect(other.asked).toHaveLength(1)
    await other.close()
  })

  it('the next is tried when a name does not resolve', async () => {
    await client.scrape(addresses(['Hostname', 'no-such-host.invalid'], ['InternalIP', '127.0.0.1']))
    expect(kubelet.asked).toHaveLength(1)
  })

  it('an address that fails after it worked gives way to the next', async () => {
    const other = await startKubelet(pair, DEAD, kubelet.port)
    const node = addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1'])
    await client.scrape(node)
    await other.close()
    await client.scrape(node)
    expect(kubelet.asked).toHaveLength(1)
  })

  it('the last one’s failure is told, with the remedy', async () => {
    const error = await client.failure(addresses(['Hostname', 'no-such-host.invalid']))
    expect(error).toMatchObject({ reason: 'connection', address: `no-such-host.invalid:${kubelet.port}` })
    expect(error.message).toMatch(/^node node-1 at no-such-host.invalid:\d+: .*(ENOTFOUND|EAI_AGAIN).*InternalIP/)
  })

  it.each([
    ['none', [], 'status.addresses'],
    ['none of a preferred type', [['Pigeon', 'loft 7']], 'Pigeon=loft 7.*--kubelet-preferred-address-types'],
    ['none that can be one', [['InternalIP', 'evil.example/@x\n']], 'InternalIP=evil.example/@x.*preferred'],
  ] as [string, [string, string][], string][])('%s: says what the node has', async (_, all, message) => {
    const error = await client.failure(addresses(...all))
    expect(error.reason).toBe('no-address')
    expect(error.message).toMatch(new RegExp(message))
    expect(error.message).not.toMatch(/\n/)
  })
})

describe('closing', () => {
  it('a node that is forgotten has its connection closed, and its scrape ended', async () => {
    await client.scrape(LOOPBACK)
    kubelet.answer = (request) => {
      void once(request.socket, 'close').then(() => closed.resolve())
    }
    const closed = Promise.withResolvers<void>()
    const [failure] = [client.failure(), await kubelet.nextRequest()]
    client.forget('node-1')
    expect(await failure).toMatchObject({ reason: 'closed' })
    await closed.promise
  })

  it('after close every scrape fails with reason closed', async () => {
    await client.close()
    expect(await client.failure()).toMatchObject({ reason: 'closed', address: '' })
  })

  it('ends a scrape that waits for its credentials', async () => {
    await client.close()
    client = clientFor(kubelet, ca, { authorization: () => new Promise(() => {}) })
    const slow = client.failure()
    await client.clock.advance(10_000)
    expect(await slow).toMatchObject({ reason: 'timeout' })
    const failure = client.failure()
    client.forget('node-1')
    expect(await failure).toMatchObject({ reason: 'closed' })
  })

  it('tells when the credentials cannot be had', async () => {
    await client.close()
    client = clientFor(kubelet, ca, { authorization: async () => Promise.reject(new Error('EACCES')) })
    expect(await client.failure()).toMatchObject({ reason: 'unauthorized', cause: expect.any(Error) })
    expect(kubelet.asked).toEqual([])
  })
})

it('a mistake of our own costs the node, not the process', async () => {
  vi.spyOn(client.clock, 'after').mockImplementation(() => {
    throw new RangeError('oops')
  })
  expect(await client.failure()).toMatchObject({
    message: expect.stringContaining('RangeError'),
    cause: expect.any(RangeError),
  })
})

describe('plain HTTP', () => {
  it('is spoken without any credential', async () => {
    const plain = await startKubelet(undefined)
    const insecure = clientFor(plain, undefined)
    expect((await insecure.scrape(LOOPBACK)).sample.nodeName).toBe('real-node')
    expect(plain.headers[0]).not.toHaveProperty('authorization')
    await insecure.close()
    await plain.close()
  })
})
