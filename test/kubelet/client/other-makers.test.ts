import { gzipSync, deflateRawSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { clientFor, LOOPBACK, startRaw, SUMMARY_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'
import { MIB } from './pour.ts'

const at = useKubelet()
const LENGTH = `Content-Length: ${SUMMARY_BODY.length}\r\n`

/** What comes of answers that are these bytes. */
async function scrapeOf(answer: Buffer | string, end: 'kept' | 'ended' | 'reset' = 'kept') {
  const raw = await startRaw((socket) => {
    socket.on('data', () => {
      socket.write(answer)
      if (end === 'ended') socket.end()
      if (end === 'reset') setTimeout(() => socket.resetAndDestroy(), 20)
    })
  })
  const client = clientFor(raw, undefined)
  try {
    await client.scrape(LOOPBACK)
    return (await client.scrape(LOOPBACK)).sample.nodeName
  } finally {
    await client.close()
    raw.close()
  }
}

const withBody = (head: string, body: Buffer = SUMMARY_BODY) => Buffer.concat([Buffer.from(`${head}\r\n`), body])

function chunked(body: Buffer): Buffer {
  const half = body.length >> 1
  const chunk = (part: Buffer) => [Buffer.from(`${part.length.toString(16)};a=b\r\n`), part, Buffer.from('\r\n')]
  return Buffer.concat([
    ...chunk(body.subarray(0, half)),
    ...chunk(body.subarray(half)),
    Buffer.from('0\r\nX-Sum: 1\r\n\r\n'),
  ])
}

describe('an answer that Go would read', () => {
  it.each([
    ['after 100', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${LENGTH}`],
    ['after 103, twice', `${'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'.repeat(2)}HTTP/1.1 200 OK\r\n${LENGTH}`],
    ['without a reason', `HTTP/1.1 200\r\n${LENGTH}`],
    ['with its length twice', `HTTP/1.1 200 OK\r\n${LENGTH}${LENGTH}`],
    ['of HTTP/1.0 that is kept alive', `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${LENGTH}`],
    ['with lines that end in line feeds', `HTTP/1.1 200 OK\n${LENGTH}`],
  ])('%s', async (_, head) => {
    expect(await scrapeOf(withBody(head))).toBe('node-1')
  })

  it.each([
    ['HTTP/1.0, to the end of its connection', 'HTTP/1.0 200 OK\r\n'],
    ['HTTP/1.1 without length, to the end of its connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n'],
  ])('%s', async (_, head) => {
    expect(await scrapeOf(withBody(head), 'ended')).toBe('node-1')
  })

  it.each([
    ['chunks with extensions and trailers', 'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n'],
    ['chunks and a length', `Transfer-Encoding: chunked\r\n${LENGTH}`],
  ])('%s', async (_, headers) => {
    expect(await scrapeOf(withBody(`HTTP/1.1 200 OK\r\n${headers}`, chunked(SUMMARY_BODY)))).toBe('node-1')
  })
})

describe('an answer that is cut', () => {
  it.each([
    ['before its Content-Length', `HTTP/1.1 200 OK\r\nContent-Length: ${SUMMARY_BODY.length + 1}\r\n`, 'ended'],
    ['before its Content-Length, by a reset', 'HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n', 'reset'],
    ['in HTTP/1.0 before its Content-Length', 'HTTP/1.0 200 OK\r\nContent-Length: 999999\r\n', 'ended'],
    ['by a reset where only the end of the connection would end it', 'HTTP/1.0 200 OK\r\n', 'reset'],
    ['in its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff', 'ended'],
  ] as const)('%s, is refused', async (_, head, end) => {
    await expect(scrapeOf(withBody(head), end)).rejects.toMatchObject({
      reason: 'connection',
      message: expect.stringMatching(/was cut|broke while reading the answer/),
    })
  })
})

describe('an answer that is compressed, though that was not requested', () => {
  const serve = (body: Buffer, encoding: string, status = 200): void => {
    at.kubelet.answer = (_, response) => void response.writeHead(status, { 'content-encoding': encoding }).end(body)
  }

  it.each([
    ['gzip', gzipSync(SUMMARY_BODY)],
    ['GZIP', gzipSync(SUMMARY_BODY)],
    ['x-gzip', gzipSync(SUMMARY_BODY)],
    ['gzip, identity', gzipSync(SUMMARY_BODY)],
    ['deflate', deflateSync(SUMMARY_BODY)],
    ['identity', SUMMARY_BODY],
    ['', SUMMARY_BODY],
  ])('%s is read, and its connection kept', async (encoding, body) => {
    serve(body, encoding)
    for (let i = 0; i < 3; i++) expect((await at.client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
    expect(at.kubelet.connections()).toBe(1)
  })

  it.each([
    ['br', SUMMARY_BODY, /neither gzip nor deflate/],
    ['gzip, gzip', gzipSync(gzipSync(SUMMARY_BODY)), /neither gzip nor deflate/],
    ['gzip', SUMMARY_BODY, /cannot be inflated/],
    ['gzip', gzipSync(SUMMARY_BODY).subarray(0, -20), /cannot be inflated/],
    ['deflate', deflateRawSync(SUMMARY_BODY), /cannot be inflated/],
  ])('%s is refused where it cannot be undone (%#)', async (encoding, body, message) => {
    serve(body, encoding)
    expect(await at.client.failure()).toMatchObject({ reason: 'malformed', message: expect.stringMatching(message) })
  })

  it('up to the bound is read, beyond it refused, at little cost to the event loop', async () => {
    const padded = (bytes: number) =>
      gzipSync(Buffer.concat([Buffer.alloc(bytes - SUMMARY_BODY.length, ' '), SUMMARY_BODY]))
    serve(padded(16 * MIB), 'gzip')
    expect((await at.client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
    const bomb = gzipSync(Buffer.alloc(512 * MIB), { level: 1 })
    serve(bomb, 'gzip')
    await at.client.failure()
    const before = process.memoryUsage.rss()
    const cpu = process.threadCpuUsage()
    expect(await at.client.failure()).toMatchObject({
      reason: 'too-large',
      message: expect.stringContaining('longer than 16777216 bytes when inflated'),
    })
    const { user, system } = process.threadCpuUsage(cpu)
    expect((user + system) / 1000).toBeLessThan(250)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB)
  })

  it('50 bombs at once do not cost 50 times the memory', async () => {
    serve(gzipSync(Buffer.alloc(64 * MIB)), 'gzip')
    const before = process.memoryUsage.rss()
    const nodes = Array.from({ length: 50 }, (_, i) => ({ ...LOOPBACK, name: `node-${i}` }))
    const errors = await Promise.all(nodes.map((node) => at.client.failure(node)))
    expect(new Set(errors.map(({ reason }) => reason))).toEqual(new Set(['too-large']))
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MIB)
  })

  it('with another status is not quoted', async () => {
    serve(gzipSync('why'), 'gzip', 500)
    expect((await at.client.failure()).message).toMatch(/answered 500; the kubelet's log/)
  })
})
