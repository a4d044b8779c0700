import { afterEach, describe, expect, it } from 'vitest'
import type { RequestMetrics } from '../../../src/api/options.ts'
import { authenticateByToken, createWorld, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2, rawClient } from './raw-client.ts'

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes'

let world: World
afterEach(() => world.api.close())

/** The places that requests that read take, as the metrics report them. */
function placesOf() {
  const reported = { taken: 0, most: 0 }
  const requestMetrics: RequestMetrics = {
    answered: () => {},
    sized: () => {},
    inFlight: (pool, count) => {
      if (pool !== 'readOnly') return
      reported.taken = count
      reported.most = Math.max(reported.most, count)
    },
  }
  return { reported, requestMetrics }
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('the place of a request in flight', () => {
  it.each([
    'HTTP/1.1',
    'HTTP/2',
  ])('is free again when its client leaves during authentication, over %s', async (protocol) => {
    const { reported, requestMetrics } = placesOf()
    const asked = Promise.withResolvers<void>()
    const known = Promise.withResolvers<void>()
    world = await createWorld({
      requestMetrics,
      authenticate: async (credentials) => {
        asked.resolve()
        await known.promise
        return authenticateByToken(credentials)
      },
    })
    const { port } = await world.api.listen()
    if (protocol === 'HTTP/2') {
      const session = connectHttp2(world, port)
      session.request({ ':path': NODES, authorization: 'Bearer admin' }).on('error', () => {})
      await asked.promise
      session.destroy()
    } else {
      const client = await rawClient(world, port)
      client.socket.write(`GET ${NODES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n`)
      await asked.promise
      client.socket.destroy()
    }
    await soon()
    known.resolve()
    await soon()
    expect(reported.taken).toBe(0)
  })

  it.each([
    ['who sends it', 'h2', 0],
    ['who sends it', 'http/1.1', 0],
    ['whether that is allowed', 'h2', 1],
    ['whether that is allowed', 'http/1.1', 1],
  ])('is free when it took too long to find out %s, over %s', async (what, protocol, most) => {
    const { reported, requestMetrics } = placesOf()
    const known = Promise.withResolvers<void>()
    world = await createWorld({
      requestMetrics,
      limits: { requestTimeoutMs: 50 },
      ...(what === 'who sends it'
        ? {
            authenticate: async (credentials) => {
              await known.promise
              return authenticateByToken(credentials)
            },
          }
        : {
            authorize: async () => {
              await known.promise
              return { allowed: true, reason: '' }
            },
          }),
    })
    const { port } = await world.api.listen()
    if (protocol === 'h2') {
      const session = connectHttp2(world, port)
      expect((await askHttp2(session, NODES)).status).toBe(504)
      known.resolve()
      await soon()
      session.destroy()
    } else {
      const client = await rawClient(world, port)
      client.socket.write(`GET ${NODES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n`)
      await client.until(/504 Gateway/)
      known.resolve()
      await soon()
      client.socket.destroy()
    }
    expect(reported).toEqual({ taken: 0, most })
  })

  it('is free again when streams are reset at once', async () => {
    const { reported, requestMetrics } = placesOf()
    world = await createWorld({ requestMetrics })
    const { port } = await world.api.listen()
    const session = connectHttp2(world, port)
    for (let i = 0; i < 90; i++) {
      const stream = session.request({ ':path': NODES })
      stream.on('error', () => {})
      stream.close(8)
    }
    await soon()
    await soon()
    expect(reported.taken).toBe(0)
    session.destroy()
  })
})
