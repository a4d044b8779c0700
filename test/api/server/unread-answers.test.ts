import { once } from 'node:events'
import type http2 from 'node:http2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RequestMetrics, ApiOptions } from '../../../src/api/options.ts'
import type { RequestCredentials } from '../../../src/model/identity.ts'
import { authenticateByToken, createWorld, headerValues, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2, type RawClient, rawClient } from './raw-client.ts'

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes'
const CLOSED_WINDOW = { settings: { initialWindowSize: 0 } }
const isKnown = (credentials: RequestCredentials) => headerValues(credentials, 'authorization').length > 0
const get = (path: string, ...more: string[]) => [`GET ${path} HTTP/1.1`, 'Host: x', ...more, '', ''].join('\r\n')
const AS_ADMIN = 'Authorization: Bearer admin'

describe('clients that do not read their answers', () => {
  let world: World
  let taken: number
  let most: number
  const clients: { destroy(): void }[] = []
  beforeEach(() => {
    taken = 0
    most = 0
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await world.api.close()
    expect(world.errors).toEqual([])
  })

  const requestMetrics: RequestMetrics = {
    answered: () => {},
    sized: () => {},
    inFlight: (pool, count) => {
      if (pool !== 'readOnly') return
      taken = count
      most = Math.max(most, count)
    },
  }

  async function start(limits: NonNullable<ApiOptions['limits']>, changes: Partial<ApiOptions> = {}) {
    world = await createWorld({ requestMetrics, limits, ...changes })
    return (await world.api.listen()).port
  }
  function connect(port: number, options?: http2.SecureClientSessionOptions) {
    const session = connectHttp2(world, port, options)
    clients.push(session)
    return session
  }
  async function raw(port: number): Promise<RawClient> {
    const client = await rawClient(world, port, { ALPNProtocols: ['http/1.1'] })
    clients.push(client.socket)
    return client
  }
  /** Streams with a head and nothing of their body; those that the server has refused are closed. */
  async function unread(session: http2.ClientHttp2Session, count: number, headers = {}) {
    const streams = Array.from({ length: count }, () => session.request({ ':path': NODES, ...headers }))
    const answered = (stream: http2.ClientHttp2Stream) =>
      new Promise((resolve) =>
        stream
          .once('response', resolve)
          .once('close', resolve)
          .on('error', () => {}),
      )
    await Promise.all(streams.map(answered))
    return streams
  }
  const served = async (port: number) =>
    (await askHttp2(connect(port), NODES, { authorization: 'Bearer viewer' })).status

  it.each([
    ['without credentials', {}],
    ['with credentials', { authorization: 'Bearer viewer' }],
  ])('hold no places over HTTP/2, %s', async (_, headers) => {
    const port = await start({ maxRequestsInflight: 8 })
    for (let i = 0; i < 5; i++) await unread(connect(port, CLOSED_WINDOW), 5, headers)
    expect(most).toBeGreaterThan(0)
    expect(taken).toBe(0)
    expect(await served(port)).toBe(403)
  })

  it('hold no places over HTTP/1.1', async () => {
    const port = await start({ maxRequestsInflight: 8 })
    const client = await raw(port)
    client.socket.pause()
    for (let i = 0; i < 200; i++) client.socket.write(get(`/${'x'.repeat(8000)}`, AS_ADMIN))
    while (most === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await served(port)).toBe(403)
    expect(taken).toBe(0)
  })

  it('lose their connection, when nobody knows them, with all streams', async () => {
    const port = await start({ unauthenticatedTimeoutMs: 200 })
    const session = connect(port, CLOSED_WINDOW)
    const streams = await unread(session, 10)
    const ping = setInterval(() => !session.destroyed && session.ping(() => {}), 20)
    await once(session, 'close')
    clearInterval(ping)
    expect(streams.every((stream) => stream.destroyed)).toBe(true)
  })

  it('lose the stream but not the connection of those who are known', async () => {
    const port = await start({ requestTimeoutMs: 300, unauthenticatedTimeoutMs: 100 })
    const session = connect(port, CLOSED_WINDOW)
    const [stream] = await unread(session, 1, { authorization: 'Bearer admin' })
    const ping = setInterval(() => !session.destroyed && session.ping(() => {}), 20)
    await new Promise((resolve) => stream?.once('close', resolve))
    clearInterval(ping)
    expect(stream?.rstCode).toBe(2)
    expect(session.destroyed).toBe(false)
    session.settings({ initialWindowSize: 65_535 })
    expect((await askHttp2(session, NODES)).status).toBe(200)
  })

  it('lose their HTTP/1.1 connection', async () => {
    const port = await start({ requestTimeoutMs: 200, unauthenticatedTimeoutMs: 200 })
    const client = await raw(port)
    client.socket.pause()
    for (let i = 0; i < 2000; i++) client.socket.write(get(`/${'x'.repeat(8000)}`))
    await client.closed()
  })

  it('do not keep places by leaving while answers wait behind another one', async () => {
    const gate = Promise.withResolvers<string>()
    const asked = Promise.withResolvers<void>()
    const text = () => {
      asked.resolve()
      return gate.promise
    }
    const big = { contentType: 'text/plain', chunks: () => Array.from({ length: 20 }, () => Buffer.alloc(60_000)) }
    const port = await start({}, { metrics: { contentType: 'text/plain', text }, resourceMetrics: big })
    const client = await raw(port)
    client.socket.write(get('/metrics', AS_ADMIN) + get('/metrics/resource', AS_ADMIN).repeat(20))
    await asked.promise
    while (taken < 21) await new Promise((resolve) => setTimeout(resolve, 5))
    client.socket.destroy()
    while (taken > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    gate.resolve('late')
    expect(taken).toBe(0)
  })

  it('hold no more memory than there is for all of them', async () => {
    const port = await start(
      { maxUnauthenticatedBytes: 200_000 },
      {
        authenticate: (credentials) =>
          isKnown(credentials) ? authenticateByToken(credentials) : new Promise(() => {}),
      },
    )
    const made = Array.from({ length: 2 }, () => connect(port, CLOSED_WINDOW))
    const [small, greedy] = made as [http2.ClientHttp2Session, http2.ClientHttp2Session]
    small.request({ ':path': NODES }).on('error', () => {})
    await once(small, 'remoteSettings')
    const cut = once(greedy, 'close')
    for (let i = 0; i < 20; i++) greedy.request({ ':path': `/${'x'.repeat(10_000)}` }).on('error', () => {})
    await cut
    expect(small.destroyed).toBe(false)
    expect(await served(port)).toBe(403)
  })
})

describe('clients without credentials', () => {
  let world: World
  const sessions: http2.ClientHttp2Session[] = []
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy()
    await world.api.close()
  })
  async function start(limits: NonNullable<ApiOptions['limits']>, changes: Partial<ApiOptions> = {}) {
    world = await createWorld({ limits, ...changes })
    const { port } = await world.api.listen()
    return () => {
      const session = connectHttp2(world, port)
      sessions.push(session)
      return session
    }
  }

  it('have only so many connections, of which the oldest makes room for a new one', async () => {
    const connect = await start({ maxUnauthenticated: 3 })
    const known = connect()
    expect((await askHttp2(known, NODES)).status).toBe(200)
    const strangers: http2.ClientHttp2Session[] = []
    for (let i = 0; i < 5; i++) {
      const stranger = connect()
      strangers.push(stranger)
      await once(stranger, 'remoteSettings')
    }
    await Promise.all(strangers.slice(0, 2).map((one) => one.destroyed || once(one, 'close')))
    expect(strangers.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false])
    expect((await askHttp2(known, NODES)).status).toBe(200)
    expect((await askHttp2(connect(), '/readyz', { authorization: undefined })).status).toBe(200)
  })

  it('have to ask something in time, and not only to knock', async () => {
    const connect = await start({ headersTimeoutMs: 200 })
    const session = connect()
    const ping = setInterval(() => !session.destroyed && session.ping(() => {}), 20)
    await once(session, 'close')
    clearInterval(ping)
  })

  it('can take a part of the places, and wait for reviews there', async () => {
    const gate = Promise.withResolvers<void>()
    await start(
      { maxRequestsInflight: 8 },
      {
        async authorize({ groups }) {
          if (groups.includes('system:unauthenticated')) await gate.promise
          return { allowed: true, reason: '' }
        },
      },
    )
    const inject = (headers = {}) => world.api.server.inject({ url: NODES, headers })
    const answers = Array.from({ length: 8 }, () => inject())
    await Promise.race([...answers, new Promise(setImmediate)])
    expect((await inject({ authorization: 'Bearer viewer' })).statusCode).toBe(200)
    gate.resolve()
    const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
    expect([statuses.filter((s) => s === 200).length, statuses.filter((s) => s === 429).length]).toEqual([2, 6])
  })

  it.each([
    'pings',
    'settings',
  ] as const)('are cut off when they send many %s, though they read the answers', async (kind) => {
    const connect = await start({ maxControlFrames: 200, connectionsCheckMs: 1000 })
    const session = connect()
    expect((await askHttp2(session, NODES)).status).toBe(200)
    const ended = once(session, 'close')
    const send = () => {
      if (session.destroyed) return
      if (kind === 'pings') session.ping(send)
      else session.settings({ initialWindowSize: 65_535 }, send)
    }
    for (let i = 0; i < 5; i++) send()
    await ended
  })
})
