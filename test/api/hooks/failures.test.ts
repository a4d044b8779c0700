import { watchOf } from '../../support/watch-usage.ts'
import { TooManyReviewsError } from '../../../src/model/identity.ts'
import type { PodUsage } from '../../../src/model/usage.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiOptions } from '../../../src/api/options.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createWorld, type World } from '../../contract/support/world.ts'

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes'
const never = () => new Promise<never>(() => {})
const SECRET = 'dial tcp 10.0.0.1:443: refused'

describe('a request that fails', () => {
  let world: World
  afterEach(() => world.api.close())
  const start = async (changes: Partial<ApiOptions>) => {
    world = await createWorld(changes)
  }
  const ask = (url: string, headers = {}) =>
    world.api.server.inject({ url, headers: { authorization: 'Bearer admin', ...headers } })
  const failing = async () => {
    throw new Error(SECRET)
  }

  it('is nobody’s when authentication fails, which is reported once', async () => {
    await start({ authenticate: failing })
    for (let i = 0; i < 3; i++) expect((await ask(NODES)).statusCode).toBe(401)
    expect(new Set(world.errors)).toEqual(new Set([`Failed to authenticate a request: ${SECRET}`]))
  })

  it('is a 500 that says nothing when authorization fails', async () => {
    await start({ authorize: failing })
    const { statusCode, body } = await ask(NODES)
    expect(statusCode).toBe(500)
    expect(body).not.toContain(SECRET)
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'InternalError', code: 500 })
    // Reported by the authorizer, which knows about the recovery.
    expect(world.errors).toEqual([])
  })

  it('is a 429 when more ask than can be authorized in time', async () => {
    await start({ authorize: () => Promise.reject(new TooManyReviewsError()) })
    const { statusCode, headers, body } = await ask(NODES)
    expect([statusCode, headers['retry-after']]).toEqual([429, '1'])
    expect(JSON.parse(body)).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } })
  })

  it('is a 500 that says nothing, and one log line, when the server is at fault', async () => {
    const usage = { node: () => raise(), pod: () => undefined, watchPods: watchOf<unknown, PodUsage>(() => undefined) }
    await start({ usage })
    const { statusCode, body } = await ask(NODES)
    expect(statusCode).toBe(500)
    expect(body).not.toContain(SECRET)
    expect(world.errors).toEqual([`Failed to answer a request: ${SECRET}`])
  })

  it('carries the reason of a refusal', async () => {
    await start({ authorize: async () => ({ allowed: false, reason: 'no RBAC policy matched' }) })
    expect((await ask(NODES)).json().message).toMatch(/ at the cluster scope: no RBAC policy matched$/)
  })

  it('is a 504 when it takes longer than it may', async () => {
    const clock = createManualClock()
    await start({ clock, authorize: never, limits: { requestTimeoutMs: 60_000 } })
    const answer = ask(NODES)
    await clock.advance(60_000)
    const { statusCode, body } = await answer
    expect(statusCode).toBe(504)
    expect(JSON.parse(body)).toMatchObject({
      kind: 'Status',
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    })
  })

  it('is a 504 sooner when the client says so, but not later', async () => {
    const clock = createManualClock()
    await start({ clock, authenticate: never })
    const soon = ask(`${NODES}?timeout=5s`)
    const late = ask(`${NODES}?timeout=1h`)
    await clock.advance(5000)
    expect((await soon).statusCode).toBe(504)
    await clock.advance(55_000)
    expect((await late).statusCode).toBe(504)
  })
})

describe('requests in flight', () => {
  let world: World
  afterEach(() => world.api.close())

  it('are bounded; beyond it clients shall come back, but administrators and probes get through', async () => {
    const gate = Promise.withResolvers<void>()
    let held = 0
    const authorize: ApiOptions['authorize'] = async (user) => {
      if (user.name === 'viewer' && held < 2) {
        held++
        await gate.promise
      }
      return { allowed: true, reason: '' }
    }
    world = await createWorld({ authorize, limits: { maxRequestsInflight: 2, maxMutatingRequestsInflight: 1 } })
    const ask = (url: string, token = 'viewer', method: 'GET' | 'POST' = 'GET') =>
      world.api.server.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
    const waiting = [ask(NODES), ask(NODES)]
    await Promise.race([...waiting, new Promise(setImmediate)])
    const refused = await ask(NODES)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['retry-after']).toBe('1')
    expect(refused.json()).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 }, code: 429 })
    expect((await ask('/livez')).statusCode).toBe(200)
    expect((await ask(NODES, 'admin')).statusCode).toBe(200)
    expect((await ask(NODES, 'viewer', 'POST')).statusCode).toBe(405)
    expect((await ask(`${NODES}?watch=1`)).statusCode).toBe(405)
    gate.resolve()
    expect((await Promise.all(waiting)).map((a) => a.statusCode)).toEqual([200, 200])
    expect((await ask(NODES)).statusCode).toBe(200)
  })
})

function raise(): never {
  throw new Error(SECRET)
}
