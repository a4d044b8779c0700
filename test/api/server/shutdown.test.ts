import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiOptions } from '../../../src/api/options.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2, rawClient } from './raw-client.ts'

const SLOW = 'GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n'

/** Metrics whose text is given only when they are released. */
function heldMetrics(requests = 1) {
  const asked = Promise.withResolvers<void>()
  const late = Promise.withResolvers<string>()
  let count = 0
  const text = () => {
    if (++count === requests) asked.resolve()
    return late.promise
  }
  return { metrics: { contentType: 'text/plain', text }, asked: asked.promise, release: () => late.resolve('late') }
}

describe('a server that stops', () => {
  let world: World
  afterEach(() => world.api.close())

  async function start(changes: Partial<ApiOptions>) {
    world = await createWorld(changes)
    return (await world.api.listen()).port
  }

  it('answers what is in flight over HTTP/1.1, and closes the connection', async () => {
    const held = heldMetrics()
    const port = await start({ metrics: held.metrics })
    const client = await rawClient(world, port)
    client.socket.write(SLOW)
    await held.asked
    const closed = world.api.close()
    held.release()
    const answer = await client.closed()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(answer).toMatch(/late$/)
    await closed
  })

  it('answers what is in flight over HTTP/2, and sends GOAWAY', async () => {
    const held = heldMetrics()
    const port = await start({ metrics: held.metrics })
    const session = connectHttp2(world, port)
    const gone = once(session, 'goaway')
    const answer = askHttp2(session, '/metrics')
    await held.asked
    const closed = world.api.close()
    await gone
    held.release()
    expect((await answer).body.toString()).toBe('late')
    await closed
  })

  it('does not wait for ever', async () => {
    const held = heldMetrics(2)
    const port = await start({ metrics: held.metrics, limits: { drainTimeoutMs: 50 } })
    const one = await rawClient(world, port)
    one.socket.write(SLOW)
    const session = connectHttp2(world, port)
    const other = askHttp2(session, '/metrics').catch((error: Error) => error)
    await held.asked
    await world.api.close()
    expect(await one.closed()).toBe('')
    expect(await other).toBeInstanceOf(Error)
  })

  it('closes idle connections at once and accepts no new ones', async () => {
    const port = await start({})
    const idle = await rawClient(world, port)
    const session = connectHttp2(world, port)
    await once(session, 'connect')
    await world.api.close()
    await idle.closed()
    await expect(rawClient(world, port)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/)
  })

  it('can be closed twice, and without ever having listened', async () => {
    world = await createWorld()
    await Promise.all([world.api.close(), world.api.close()])
  })
})
