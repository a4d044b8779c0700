import { once } from 'node:events'
import { Agent, EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import { answerAsKubelet, clientFor, LOOPBACK, SUMMARY_BODY, startKubelet, startRaw, TOKEN } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const decodeSummary = createSummaryDecoder()

const SUMMARY_PATH = '/stats/summary?only_cpu_and_memory=true'

const at = useKubelet()

describe('a scrape', () => {
  it('requests the Summary, with the credential and without Accept-Encoding, and decodes it', async () => {
    const { sample } = await at.client.scrape(LOOPBACK)
    expect(sample).toStrictEqual(decodeSummary(SUMMARY_BODY))
    expect(at.kubelet.asked).toEqual([SUMMARY_PATH])
    expect(at.kubelet.headers[0]).toMatchObject({ authorization: TOKEN, host: `127.0.0.1:${at.kubelet.port}` })
    expect(at.kubelet.headers[0]).not.toHaveProperty('accept-encoding')
  })

  it('keeps its connection from scrape to scrape, and goes over it with the credential of the moment', async () => {
    let token = 'Bearer one'
    await at.replaceClient({ authorization: async () => token })
    await at.client.scrape(LOOPBACK)
    token = 'Bearer two'
    await at.client.scrape(LOOPBACK)
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.connections()).toBe(1)
    expect(at.kubelet.headers.map((each) => each.authorization)).toEqual(['Bearer one', 'Bearer two', 'Bearer two'])
  })

  it('holds its values to be of the middle between the request and the answer’s headers, on both clocks', async () => {
    const before = { wall: at.client.clock.wallMs(), monotonic: at.client.clock.monotonicMs() }
    const wallRead = vi.spyOn(at.client.clock, 'wallMs')
    at.kubelet.answer = async (_, response) => {
      await at.client.clock.advance(200)
      at.client.clock.jumpWall(5000)
      response.writeHead(200).write(SUMMARY_BODY.subarray(0, 100))
      await vi.waitUntil(() => wallRead.mock.calls.length > 0, { interval: 1 })
      await at.client.clock.advance(3000)
      response.end(SUMMARY_BODY.subarray(100))
    }
    const { askedAt } = await at.client.scrape(LOOPBACK)
    expect(askedAt).toEqual({ monotonicMs: before.monotonic + 100, wallMs: before.wall + 5100 })
  })

  it('makes a new connection, once, when the kubelet has closed the kept one without a word', async () => {
    await at.client.scrape(LOOPBACK)
    let cut = 0
    at.kubelet.answer = (request, response) => {
      if (cut++ === 0) request.socket.destroy()
      else answerAsKubelet(request, response)
    }
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.connections()).toBe(2)
    at.kubelet.answer = (request) => request.socket.destroy()
    expect((await at.client.failure()).reason).toBe('connection')
    expect(at.kubelet.asked).toHaveLength(5)
  })

  it('goes on after the kubelet was restarted', async () => {
    await at.client.scrape(LOOPBACK)
    const { port } = at.kubelet
    await at.kubelet.close()
    expect(await at.client.failure()).toMatchObject({ reason: 'connection', address: `127.0.0.1:${port}` })
    at.kubelet = await startKubelet(at.pair, '127.0.0.1', port)
    expect((await at.client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
  })

  it('takes the port of the node’s status when told to', async () => {
    await at.replaceClient({ useNodeStatusPort: true }, { port: 1 })
    await at.client.scrape({ ...LOOPBACK, kubeletPort: at.kubelet.port })
    expect(await at.client.failure({ ...LOOPBACK, name: 'other' })).toMatchObject({ address: '127.0.0.1:1' })
  })
})

describe('closing', () => {
  it('a node that is forgotten has its connection closed, and its scrape ended', async () => {
    await at.client.scrape(LOOPBACK)
    at.kubelet.answer = (request) => {
      void once(request.socket, 'close').then(() => closed.resolve())
    }
    const closed = Promise.withResolvers<void>()
    const [failure] = [at.client.failure(), await at.kubelet.nextRequest()]
    at.client.forget('node-1')
    expect(await failure).toMatchObject({ reason: 'closed' })
    await closed.promise
  })

  it('after close every scrape fails with reason closed', async () => {
    await at.client.close()
    expect(await at.client.failure()).toMatchObject({ reason: 'closed', address: '' })
  })

  it('ends a scrape that waits for its credentials', async () => {
    await at.replaceClient({ authorization: () => new Promise(() => {}) })
    const slow = at.client.failure()
    await at.client.clock.advance(10_000)
    expect(await slow).toMatchObject({ reason: 'timeout' })
    const failure = at.client.failure()
    at.client.forget('node-1')
    expect(await failure).toMatchObject({ reason: 'closed' })
  })

  it('reports that the credentials cannot be had', async () => {
    await at.replaceClient({ authorization: async () => Promise.reject(new Error('EACCES')) })
    expect(await at.client.failure()).toMatchObject({ reason: 'unauthorized', cause: expect.any(Error) })
    expect(at.kubelet.asked).toEqual([])
  })
})

it('a mistake of our own costs the node, not the process', async () => {
  vi.spyOn(at.client.clock, 'after').mockImplementation(() => {
    throw new RangeError('oops')
  })
  expect(await at.client.failure()).toMatchObject({
    message: expect.stringContaining('RangeError'),
    cause: expect.any(RangeError),
  })
})

describe('a proxy', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    setGlobalDispatcher(new Agent())
  })

  it('is never asked for a kubelet, whatever the environment and the process say', async () => {
    let reached = 0
    const proxy = await startRaw(() => reached++)
    const url = `http://127.0.0.1:${proxy.port}`
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, url)
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    setGlobalDispatcher(new EnvHttpProxyAgent())
    await at.replaceClient({})
    expect((await at.client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
    expect(reached).toBe(0)
    proxy.close()
  })
})

describe('plain HTTP', () => {
  it('is spoken without any credential', async () => {
    const plain = await startKubelet(undefined)
    const insecure = clientFor(plain, undefined)
    expect((await insecure.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
    expect(plain.headers[0]).not.toHaveProperty('authorization')
    await insecure.close()
    await plain.close()
  })
})
