import { afterEach, describe, expect, it } from 'vitest'
import type { ApiOptions } from '../../../src/api/options.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { rawClient } from './raw-client.ts'

const HTTP1 = { ALPNProtocols: ['http/1.1'] }
const head = (path: string, ...more: string[]) =>
  [`GET ${path} HTTP/1.1`, 'Host: x', 'Authorization: Bearer admin', ...more, '', ''].join('\r\n')
const post = (...more: string[]) =>
  ['POST /healthz HTTP/1.1', 'Host: x', 'Authorization: Bearer admin', ...more, '', ''].join('\r\n')

describe('over HTTP/1.1', () => {
  let world: World
  afterEach(async () => {
    await world.api.close()
    expect(world.errors).toEqual([])
  })

  async function connect(limits: ApiOptions['limits'] = {}) {
    world = await createWorld({ limits })
    const { port } = await world.api.listen()
    return rawClient(world, port, HTTP1)
  }

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a bad percent-escape', 'GET /apis/%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['length and chunks', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ])('answers %s with 400 and closes', async (_, request) => {
    const client = await connect()
    client.socket.write(request)
    const answer = await client.closed()
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer.toLowerCase()).toContain('content-type: text/plain; charset=utf-8')
    expect(answer).toMatch(/\r\n\r\n400 Bad Request$/)
  })

  it.each([
    ['without a Host', ['HTTP/1.1'], '400 Bad Request: missing required Host header'],
    ['with two Hosts', ['HTTP/1.1', 'Host: x', 'host: x'], '400 Bad Request: too many Host headers'],
    ['with two Hosts in HTTP/1.0', ['HTTP/1.0', 'Host: x', 'Host: y'], '400 Bad Request: too many Host headers'],
    ['with a Host that is none', ['HTTP/1.1', 'Host: x/y'], '400 Bad Request: malformed Host header'],
    ['in chunks of HTTP/1.0', ['HTTP/1.0', 'Host: x', 'Transfer-Encoding: chunked'], '400 Bad Request'],
    [
      'in another encoding, then chunks',
      ['HTTP/1.1', 'Host: x', 'Transfer-Encoding: identity, chunked'],
      '501 Not Implemented',
    ],
    [
      'in two encodings',
      ['HTTP/1.1', 'Host: x', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked'],
      '501 Not Implemented',
    ],
  ])('refuses a request %s in the Go server’s words, and closes', async (_, [version, ...headers], status) => {
    const client = await connect()
    client.socket.write([`POST /healthz ${version}`, ...headers, '', '0', '', head('/readyz')].join('\r\n'))
    const heard = await client.closed()
    expect(heard.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`)
    expect(heard.toLowerCase()).toContain('content-type: text/plain; charset=utf-8')
    expect(heard.split('\r\n\r\n').slice(1)).toEqual([
      status.startsWith('501') ? 'Unsupported transfer encoding' : status,
    ])
  })

  it('serves HTTP/1.0 without a Host, and closes', async () => {
    const client = await connect()
    client.socket.write('GET /healthz HTTP/1.0\r\nAuthorization: Bearer admin\r\n\r\n')
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK.*\r\n\r\nok$/s)
  })

  it('does not take dots out of paths', async () => {
    const client = await connect()
    client.socket.write(head('/apis/metrics.k8s.io/v1beta1/../v1beta1/nodes', 'Connection: close'))
    expect(await client.closed()).toContain('the server could not find the requested resource')
  })

  it.each([
    ['a header', head('/healthz', `X-Long: ${'x'.repeat(20_000)}`)],
    ['a URL', head(`/${'x'.repeat(20_000)}`)],
  ])('refuses %s beyond the limit', async (_, request) => {
    const client = await connect({ maxHeaderBytes: 16_384 })
    client.socket.write(request)
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large/)
  })

  it('serves names of any length that fits', async () => {
    const client = await connect()
    client.socket.write(head(`/apis/metrics.k8s.io/v1beta1/nodes/${'x'.repeat(5000)}`, 'Connection: close'))
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('forgets the body of a GET and goes on', async () => {
    const client = await connect()
    client.socket.write(`${head('/healthz', 'Content-Length: 5')}hello${head('/readyz', 'Connection: close')}`)
    expect((await client.closed()).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  it.each([
    'Transfer-Encoding: chunked',
    'Content-Length: 100000000',
  ])('closes on a body without end (%s)', async (h) => {
    const client = await connect({ maxDrainBytes: 10_000 })
    client.socket.write(post(h))
    const chunk = h.startsWith('T') ? `1000\r\n${'x'.repeat(4096)}\r\n` : 'x'.repeat(4096)
    for (let i = 0; i < 20; i++) client.socket.write(chunk)
    await client.closed()
    expect(client.socket.bytesWritten).toBeLessThan(1_000_000)
  })

  it('does not speak other protocols when asked to', async () => {
    const client = await connect()
    client.socket.write(head('/healthz', 'Connection: upgrade', 'Upgrade: websocket'))
    expect(await client.until(/ok$/)).toMatch(/^HTTP\/1\.1 200 OK/)
    client.socket.destroy()
  })

  it('answers OPTIONS * with nothing', async () => {
    const client = await connect()
    client.socket.write('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: 0\r\n.*\r\n\r\n$/s)
  })

  it('answers a client that expects 100-continue without sending it', async () => {
    const client = await connect()
    client.socket.write(post('Content-Length: 1000', 'Expect: 100-continue'))
    const heard = await client.until(/\r\n\r\nok$/)
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK/)
    client.socket.destroy()
  })

  it('closes a connection that takes its time with the head of a request', async () => {
    const client = await connect({ headersTimeoutMs: 100, requestTimeoutMs: 400 })
    client.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 Request Timeout/)
  })

  it('closes a connection that takes its time with a body', async () => {
    const client = await connect({ headersTimeoutMs: 100, requestTimeoutMs: 200 })
    client.socket.write(head('/healthz', 'Content-Length: 100'))
    client.socket.write('x')
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('closes an idle connection', async () => {
    const client = await connect({ idleTimeoutMs: 100, requestTimeoutMs: 100 })
    client.socket.write(head('/healthz'))
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('closes a connection on which nothing is sent', async () => {
    const client = await connect({ idleTimeoutMs: 100, requestTimeoutMs: 100 })
    await client.closed()
  })
})
