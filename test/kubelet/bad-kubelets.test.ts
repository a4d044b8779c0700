import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'
import { startDropping } from './dropping-server.ts'
import {
  answerStatus,
  clientFor,
  type FakeKubelet,
  LOOPBACK,
  nodeAt,
  SUMMARY_BODY,
  startKubelet,
  startRaw,
  type TestClient,
  TOKEN,
} from './fake-kubelet.ts'

type Serve = (request: IncomingMessage, response: ServerResponse) => void
const MIB = 1024 * 1024

let ca: Authority
let pair: Pair
let kubelet: FakeKubelet
let client: TestClient

beforeAll(async () => {
  ca = await createAuthority('cluster-ca')
  pair = await ca.issue({ commonName: 'x', dns: ['node-1'], usage: 'server' })
})
beforeEach(async () => {
  kubelet = await startKubelet(pair)
  client = clientFor(kubelet, ca)
})
afterEach(async () => {
  await client.close()
  await kubelet.close()
})

/** Writes until the other side has had enough; gives how much went out. */
async function pour(response: ServerResponse, piece: Buffer, total: number): Promise<number> {
  const ended = once(response, 'close')
  let poured = 0
  while (poured < total && !response.destroyed) {
    poured += piece.length
    if (response.write(piece)) continue
    const drained = Promise.withResolvers<void>()
    response.once('drain', drained.resolve)
    await Promise.race([drained.promise, ended])
  }
  return poured
}

describe('a kubelet that is slow', () => {
  it.each<[string, Serve, string]>([
    ['hangs before its headers', () => {}, 'waiting for the answer'],
    [
      'hangs in the middle',
      (_, response) => void response.write(SUMMARY_BODY.subarray(0, 5000)),
      'reading.*5000 bytes',
    ],
  ])('and %s fails at the deadline, and its connection is closed', async (_, serve, where) => {
    const closed = Promise.withResolvers<void>()
    const served = Promise.withResolvers<void>()
    kubelet.answer = (request, response) => {
      request.socket.once('close', () => closed.resolve())
      serve(request, response)
      setTimeout(served.resolve, 50)
    }
    const failure = client.failure()
    await served.promise
    await client.clock.advance(9_999)
    await client.clock.advance(1)
    const error = await failure
    expect(error.reason).toBe('timeout')
    expect(error.message).toMatch(new RegExp(`no whole answer within 10000 ms \\(${where}.*--kubelet-request-timeout`))
    await closed.promise
  })

  it('and drips its answer fails at the deadline, not later', async () => {
    kubelet.answer = (_, response) => {
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    }
    const [failure] = [client.failure(), await kubelet.nextRequest()]
    for (let second = 0; second < 10; second++) await client.clock.advance(1000)
    expect((await failure).reason).toBe('timeout')
  })

  it('and never finishes the TLS handshake fails at the deadline', async () => {
    const accepted = Promise.withResolvers<void>()
    const raw = await startRaw(() => accepted.resolve())
    const other = clientFor(raw, ca)
    const failure = other.failure()
    await accepted.promise
    await other.clock.advance(10_000)
    expect(await failure).toMatchObject({ reason: 'timeout', message: expect.stringContaining('(connecting)') })
    await other.close()
    raw.close()
  })

  it('and cannot be connected to takes no more than its share of the time from the next address', async () => {
    const dropping = await startDropping('127.0.0.2', kubelet.port)
    const listed = ['127.0.0.2', '127.0.0.1'].map((address) => ({ type: 'InternalIP', address }))
    const both = client.scrape(nodeAt(listed))
    let ended = false
    void both.finally(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await client.clock.advance(4_999)
    expect(ended).toBe(false)
    await client.clock.advance(1)
    expect((await both).sample.nodeName).toBe('real-node')

    const alone = client.failure(nodeAt(listed.slice(0, 1)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await client.clock.advance(10_000)
    expect(await alone).toMatchObject({ reason: 'timeout', message: expect.stringContaining('(connecting)') })
    dropping.close()
  })
})

describe('a kubelet that answers with a status', () => {
  it.each([
    [401, 'unauthorized', 'authentication.webhook'],
    [403, 'forbidden', 'nodes/stats'],
    [404, 'not-found', '--kubelet-metrics-source'],
    [500, 'http-status', "kubelet's log"],
    [503, 'http-status', "kubelet's log"],
    [204, 'http-status', "kubelet's log"],
  ])('%i fails with reason %s', async (status, reason, remedy) => {
    kubelet.answer = answerStatus(status, status === 204 ? '' : 'no\r\nsuch\u001b[31m thing')
    const error = await client.failure()
    expect(error).toMatchObject({ reason, remedy: expect.stringContaining(remedy) })
    expect(error.message).toMatch(
      new RegExp(`^node node-1 at 127.0.0.1:${kubelet.port}: [^\\n\\u001b]*answered ${status}`),
    )
  })

  it.each([301, 302, 303, 307, 308])('%i is never followed', async (status) => {
    const other = await startKubelet(pair)
    kubelet.answer = answerStatus(status, '', { location: `https://127.0.0.1:${other.port}/metrics/resource` })
    const error = await client.failure()
    expect(error).toMatchObject({ reason: 'http-status', remedy: expect.stringContaining('never followed') })
    expect(other.connections()).toBe(0)
    await other.close()
  })

  it.each([
    ['no-rbac.http', 'summary', 'forbidden', 'subresource(s)=[stats]'],
    ['no-rbac-resource.http', 'resource', 'forbidden', 'subresource(s)=[metrics]'],
    ['bad-token.http', 'auto', 'unauthorized', 'answered 401 "Unauthorized"'],
    ['no-credentials.http', 'auto', 'unauthorized', 'answered 401 "Unauthorized"'],
    ['not-found.http', 'summary', 'not-found', '404 page not found'],
    ['summary-full-500.http', 'auto', 'http-status', 'failed to get rootFs stats'],
  ] as const)('as a real one did: %s', async (file, source, reason, said) => {
    const recorded = readFileSync(new URL(`../fixtures/kubelet/${file}`, import.meta.url))
    const raw = await startRaw((socket) => void socket.on('data', () => socket.write(recorded)))
    const plain = clientFor(raw, undefined, { source })
    expect(await plain.failure()).toMatchObject({ reason, message: expect.stringContaining(said) })
    await plain.close()
    raw.close()
  })

  it('tells the beginning of what it said, but never our token', async () => {
    const secret = TOKEN.slice('Bearer '.length)
    kubelet.answer = answerStatus(
      500,
      `you sent ${secret} and eyJhbGciOiJSUzI1NiIsImtpZCI6Ijk5MyJ9.${'x'.repeat(5000)}`,
    )
    const { message } = await client.failure()
    expect(message).toContain('answered 500 "you sent […] and […]"')
    expect(message).not.toContain(secret)
  })

  it('and an endless body with it costs no more than its beginning', async () => {
    const poured = Promise.withResolvers<number>()
    kubelet.answer = async (_, response) => {
      response.writeHead(500)
      poured.resolve(await pour(response, Buffer.alloc(64 * 1024, 'x y '), 1024 * MIB))
    }
    expect((await client.failure()).message).toContain('answered 500 "x y x y')
    expect(await poured.promise).toBeLessThan(64 * MIB)
  })
})

describe('a kubelet that answers rubbish', () => {
  it.each<[string, Buffer | string, string]>([
    ['garbage', Buffer.from([0, 1, 2, 255]), 'malformed'],
    ['a cut Summary', SUMMARY_BODY.subarray(0, 3000), 'malformed'],
    ['a page', '<html>', 'malformed'],
    ['nothing', '', 'malformed'],
  ])('%s', async (_, body, reason) => {
    kubelet.answer = (_request, response) => void response.end(body)
    const error = await client.failure()
    expect(error).toMatchObject({ reason, message: expect.stringContaining('cannot be decoded') })
    kubelet.answer = (_request, response) => void response.end(SUMMARY_BODY)
    await client.scrape(LOOPBACK)
    expect(kubelet.connections()).toBe(2)
  })

  it('that it failed itself', async () => {
    const resource = clientFor(kubelet, ca, { source: 'resource' })
    kubelet.answer = (_, response) => void response.end('resource_scrape_error 1\n')
    expect(await resource.failure()).toMatchObject({ reason: 'scrape-error' })
    await resource.close()
  })

  it.each<[string, Serve]>([
    [
      'of a declared length',
      (_, response) => void response.writeHead(200, { 'content-length': 9999 }).write('{"pods":'),
    ],
    ['in chunks', (_, response) => void response.writeHead(200).write('{"pods":')],
  ])('an answer %s that is cut', async (_, serve) => {
    kubelet.answer = (request, response) => {
      serve(request, response)
      setTimeout(() => request.socket.destroy(), 20)
    }
    const error = await client.failure()
    expect(error.reason).toBe('connection')
    expect(error.message).toMatch(/broke while reading the answer, after \d+ bytes/)
  })

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'malformed'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n', 'malformed'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'malformed'],
    ['an upgrade', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'connection'],
    ['huge headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 'too-large'],
    ['very many headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`, 'too-large'],
  ])('over HTTP: %s', async (_, text, reason) => {
    const raw = await startRaw((socket) => void socket.once('data', () => socket.write(text)))
    const plain = clientFor(raw, undefined)
    expect((await plain.failure()).reason).toBe(reason)
    await plain.close()
    raw.close()
  })

  it('plain HTTP where TLS is expected', async () => {
    const raw = await startRaw((socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const other = clientFor(raw, ca)
    expect((await other.failure()).reason).toBe('tls')
    await other.close()
    raw.close()
  })

  it('a connection that is reset at once', async () => {
    const raw = await startRaw((socket) => void socket.resetAndDestroy())
    const other = clientFor(raw, ca)
    expect(['tls', 'connection']).toContain((await other.failure()).reason)
    await other.close()
    raw.close()
  })
})

describe('a kubelet that answers too much', () => {
  it('of a declared length is refused before the body', async () => {
    kubelet.answer = (_, response) => void response.writeHead(200, { 'content-length': 1024 * MIB }).write('{')
    expect(await client.failure()).toMatchObject({ reason: 'too-large', message: expect.stringContaining('16777216') })
  })

  it.each([
    ['in large pieces', 64 * 1024, 1024],
    ['in pieces of one byte', 1, 4],
  ])('without end, %s, is cut off, and memory stays bounded', async (_, size, totalMib) => {
    const small = clientFor(kubelet, ca, { maxBodyBytes: 2 * MIB })
    const poured = Promise.withResolvers<number>()
    kubelet.answer = async (_request, response) => {
      response.writeHead(200)
      poured.resolve(await pour(response, Buffer.alloc(size, ' '), totalMib * MIB))
    }
    const before = process.memoryUsage.rss()
    expect((await small.failure()).reason).toBe('too-large')
    expect(await poured.promise).toBeLessThan(128 * MIB)
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MIB)
    await small.close()
  })

  it.each(['gzip', 'br', 'x'])('compressed (%s), which was not asked for, is refused', async (encoding) => {
    const bomb = gzipSync(Buffer.alloc(16 * MIB))
    kubelet.answer = (_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(bomb)
    expect(await client.failure()).toMatchObject({ reason: 'malformed', message: expect.stringContaining('Encoding') })
  })

  it('up to the bound is read', async () => {
    kubelet.answer = (_, response) => {
      response.write(Buffer.alloc(15 * MIB, ' '))
      response.end(SUMMARY_BODY)
    }
    expect((await client.scrape(LOOPBACK)).sample.nodeName).toBe('real-node')
  })
})
