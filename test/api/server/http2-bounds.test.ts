import { once } from 'node:events'
import type http2 from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import type { ApiOptions } from '../../../src/api/options.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { frame, PING, PREFACE, SETTINGS } from './http2-frames.ts'
import { askHttp2, connectHttp2, rawClient } from './raw-client.ts'

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes'

describe('over HTTP/2', () => {
  let world: World
  const sessions: http2.ClientHttp2Session[] = []
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy()
    await world.api.close()
    expect(world.errors).toEqual([])
  })

  async function start(changes: Partial<ApiOptions> = {}) {
    world = await createWorld(changes)
    const { port } = await world.api.listen()
    return {
      port,
      connect(options?: http2.SecureClientSessionOptions) {
        const session = connectHttp2(world, port, options)
        sessions.push(session)
        return session
      },
    }
  }

  const tlsOf = async () => {
    const authority = await createAuthority('another')
    const pair = await authority.issue({ commonName: 's', ips: ['127.0.0.1'], usage: 'server' })
    return { cert: pair.certPem, key: pair.keyPem, ca: [authority.certPem] }
  }

  it('offers as many streams as the flag says', async () => {
    const { connect } = await start({ tls: { ...(await tlsOf()), http2MaxStreams: 7 } })
    const session = connect({ rejectUnauthorized: false })
    await once(session, 'remoteSettings')
    expect(session.remoteSettings.maxConcurrentStreams).toBe(7)
  })

  it('is not spoken when it is switched off', async () => {
    const { port } = await start({ tls: { ...(await tlsOf()), http2: false } })
    const client = await rawClient(world, port, { ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false })
    expect(client.socket.alpnProtocol).toBe('http/1.1')
    client.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('serves many requests over one connection', async () => {
    const { connect } = await start()
    const session = connect()
    const answers = await Promise.all(Array.from({ length: 90 }, () => askHttp2(session, NODES)))
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]))
  })

  it('sends several big answers over one connection at once', async () => {
    const text = async () => 'x'.repeat(20_000_000)
    const { connect } = await start({ metrics: { contentType: 'text/plain', text } })
    const session = connect()
    const answers = await Promise.all(Array.from({ length: 4 }, () => askHttp2(session, '/metrics')))
    expect(answers.map((a) => a.body.length)).toEqual([20_000_000, 20_000_000, 20_000_000, 20_000_000])
  })

  it('sends GOAWAY with the answer to a client that stays anonymous', async () => {
    const { connect } = await start()
    const session = connect()
    const gone = once(session, 'goaway')
    const { status } = await askHttp2(session, '/healthz', { authorization: undefined })
    expect(status).toBe(200)
    await gone
    const known = connect()
    await askHttp2(known, NODES)
    await askHttp2(known, '/no/such')
    expect(known.closed).toBe(false)
  })

  it('answers a request with a body at once, and goes on', async () => {
    const { connect } = await start()
    const session = connect()
    const stream = session.request({ ':method': 'POST', ':path': NODES, authorization: 'Bearer admin' })
    stream.on('error', () => {})
    stream.write('x'.repeat(1000))
    const [head] = await once(stream, 'response')
    expect(head[':status']).toBe(405)
    expect((await askHttp2(session, NODES)).status).toBe(200)
  })

  it('refuses a header list beyond the limit and serves on', async () => {
    const { connect } = await start({ limits: { maxHeaderBytes: 8192 } })
    const session = connect()
    await once(session, 'remoteSettings')
    await expect(askHttp2(session, NODES, { 'x-long': 'x'.repeat(9000) })).rejects.toThrow()
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-${i}`, 'y']))
    await expect(askHttp2(session, NODES, many)).rejects.toThrow()
    expect((await askHttp2(connect(), NODES)).status).toBe(200)
  })

  it.each([0, 1, 2, 3, 7, 8, 11])('survives a stream that its client resets with code %d', async (code) => {
    const gate = Promise.withResolvers<string>()
    const asked = Promise.withResolvers<void>()
    const text = () => {
      asked.resolve()
      return gate.promise
    }
    const { connect } = await start({ metrics: { contentType: 'text/plain', text } })
    const session = connect()
    const stream = session.request({ ':path': '/metrics', authorization: 'Bearer admin' })
    stream.on('error', () => {})
    await asked.promise
    const closed = new Promise((resolve) => stream.once('close', resolve))
    stream.close(code)
    await closed
    expect((await askHttp2(session, NODES)).status).toBe(200)
    gate.resolve('x'.repeat(1_000_000))
    expect((await askHttp2(session, NODES)).status).toBe(200)
  })

  it('survives a client that vanishes while it is answered', async () => {
    const text = async () => 'x'.repeat(50_000_000)
    const { connect } = await start({ metrics: { contentType: 'text/plain', text } })
    const session = connect()
    const stream = session.request({ ':path': '/metrics', authorization: 'Bearer admin' })
    stream.on('error', () => {})
    await once(stream, 'response')
    session.destroy()
    expect((await askHttp2(connect(), NODES)).status).toBe(200)
  })

  it('ends a connection that opens streams and cancels them at once', async () => {
    const { connect } = await start()
    const session = connect()
    await once(session, 'remoteSettings')
    const ended = new Promise((resolve) => session.once('close', resolve))
    const reset = () => {
      for (let i = 0; i < 50 && !session.destroyed && !session.closed; i++) {
        const stream = session.request({ ':path': NODES, authorization: 'Bearer admin' })
        stream.on('error', () => {})
        stream.close(8)
      }
      if (!session.destroyed && !session.closed) setImmediate(reset)
    }
    reset()
    await ended
    expect((await askHttp2(connect(), NODES)).status).toBe(200)
  })

  it.each([
    ['pings', frame(PING, 0, 0, Buffer.alloc(8))],
    ['settings', frame(SETTINGS, 0, 0)],
  ])('ends a connection that floods it with %s without reading', async (_, flood) => {
    const { port, connect } = await start()
    const client = await rawClient(world, port, { ALPNProtocols: ['h2'] })
    client.socket.pause()
    client.socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]))
    const batch = Buffer.concat(Array.from({ length: 2000 }, () => flood))
    let written = 0
    const more = () => {
      while (!client.socket.destroyed && written < 2000 && client.socket.write(batch)) written++
      if (!client.socket.destroyed) client.socket.once('drain', more)
    }
    more()
    await client.closed()
    expect((await askHttp2(connect(), NODES)).status).toBe(200)
  })

  it('closes an idle connection', async () => {
    const { connect } = await start({ limits: { idleTimeoutMs: 100, requestTimeoutMs: 100 } })
    const session = connect()
    await askHttp2(session, NODES)
    await once(session, 'close')
  })

  it('closes a connection on which nothing is sent', async () => {
    const { port } = await start({ limits: { idleTimeoutMs: 100, requestTimeoutMs: 100 } })
    const client = await rawClient(world, port, { ALPNProtocols: ['h2'] })
    await client.closed()
  })
})
