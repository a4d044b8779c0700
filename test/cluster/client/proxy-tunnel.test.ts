import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import { ApiUnreachable } from '../../../src/cluster/client/api-error.ts'
import { hang } from '../../support/fake-answers.ts'
import { GET, PATH, useClient } from './client-fixture.ts'

describe('a connection through a proxy', () => {
  const at = useClient()
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  /** A proxy that notes what it is asked, and answers with this status. */
  async function startProxy({ status = 200, tls = false, silent = false } = {}) {
    const seen: { target: string; authorization: string | undefined }[] = []
    const sockets = new Set<Socket>()
    const pair = await at.authority.issue({
      commonName: 'proxy',
      dns: ['localhost'],
      ips: ['127.0.0.1'],
      usage: 'server',
    })
    const server = tls ? createHttpsServer({ cert: pair.certPem, key: pair.keyPem }) : createHttpServer()
    server.on('connection', (socket: Socket) => sockets.add(socket))
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      const target = request.url ?? ''
      seen.push({ target, authorization: request.headers['proxy-authorization'] })
      socket.on('error', () => {})
      if (silent) return
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const up = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        up.pipe(socket).pipe(up)
      })
      sockets.add(up)
      up.on('error', () => socket.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    const { port } = server.address() as AddressInfo
    const url = (credentials = '') => new URL(`${tls ? 'https' : 'http'}://${credentials}127.0.0.1:${port}`)
    const cut = () => {
      for (const socket of sockets) socket.resetAndDestroy()
    }
    return { seen, url, port, cut }
  }
  const through = (url: URL) => at.connect({ ...at.credentialsWith({}), proxy: { url, namedBy: 'proxy-url' } })

  it.each([
    false,
    true,
  ])('is made by CONNECT, and the apiserver is verified behind it (https proxy: %s)', async (tls) => {
    const proxy = await startProxy({ tls })
    const client = through(proxy.url())
    expect((await client.request(GET)).status).toBe(200)
    expect((await client.request(GET)).status).toBe(200)
    const connected = { target: at.apiserver.url.host, authorization: undefined }
    for (const one of proxy.seen) expect(one).toEqual(connected)
    expect(proxy.seen.length).toBeGreaterThan(0)
    const stranger = await createAuthority('stranger')
    const other = at.connect({
      ...at.credentialsWith({ ca: stranger.certPem }),
      proxy: { url: (await startProxy()).url(), namedBy: 'proxy-url' },
    })
    expect(await at.failureOf(GET, other)).toBeInstanceOf(ApiUnreachable)
    expect(at.apiserver.requests).toHaveLength(2)
  })

  it('to an https proxy that nobody vouches for is not made', async () => {
    const proxy = await startProxy({ tls: true })
    const stranger = await createAuthority('stranger')
    const credentials = {
      ...at.credentialsWith({ ca: stranger.certPem }),
      proxy: { url: proxy.url(), namedBy: 'HTTPS_PROXY' },
    }
    expect(await at.failureOf(GET, at.connect(credentials))).toBeInstanceOf(ApiUnreachable)
    expect(proxy.seen).toEqual([])
  })

  it('shows the credentials of its URL to the proxy alone', async () => {
    const proxy = await startProxy()
    expect((await through(proxy.url('jane:p%40ss@')).request(GET)).status).toBe(200)
    expect(proxy.seen[0]?.authorization).toBe(`Basic ${Buffer.from('jane:p@ss').toString('base64')}`)
    expect(at.apiserver.requests[0]?.headers['proxy-authorization']).toBeUndefined()
  })

  it('that the proxy refuses names proxy and status, and no credentials', async () => {
    const proxy = await startProxy({ status: 407 })
    const error = await at.failureOf(GET, through(proxy.url('jane:secret-word@')))
    expect(error).toBeInstanceOf(ApiUnreachable)
    expect(error.message).toContain(
      `no answer from the apiserver at ${at.apiserver.url.host} through the proxy http://127.0.0.1:${proxy.port} (proxy-url): the proxy answered 407 to CONNECT`,
    )
    expect(`${error.message} ${error.cause}`).not.toContain('secret-word')
  })

  it('that is not there is an error that names it', async () => {
    const error = await at.failureOf(GET, through(new URL('http://u:secret-word@127.0.0.1:1')))
    expect(error.message).toMatch(/through the proxy http:\/\/127\.0\.0\.1:1 \(proxy-url\): .*ECONNREFUSED/)
    expect(error.message).not.toContain('secret-word')
  })

  it('that the proxy cuts is made anew', async () => {
    const proxy = await startProxy()
    const client = through(proxy.url())
    at.apiserver.next(PATH, false, hang)
    const answered = client.request(GET)
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    proxy.cut()
    expect((await answered).status).toBe(200)
    proxy.cut()
    expect((await client.request(GET)).status).toBe(200)
  })

  it('that a silent proxy holds up ends in time', async () => {
    const proxy = await startProxy({ silent: true })
    const failure = at.failureOf(GET, through(proxy.url()))
    await expect.poll(() => proxy.seen.length).toBe(1)
    await at.clock.advance(30_000)
    expect(await failure).toBeInstanceOf(ApiUnreachable)
  })
})
