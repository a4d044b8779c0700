import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../contract/support/world.ts'
import { connectHttp2, rawClient } from './raw-client.ts'

describe('who decides on a request', () => {
  let world: World
  let port: number
  let gone: AbortSignal[]
  beforeEach(async () => {
    gone = []
    world = await createWorld({
      authorize: (_user, _question, signal) => {
        if (signal !== undefined) gone.push(signal())
        return new Promise(() => {})
      },
    })
    port = (await world.api.listen()).port
  })
  afterEach(() => world.api.close())

  it('learns over HTTP/1.1 that the client is gone', async () => {
    const client = await rawClient(world, port)
    client.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n')
    await expect.poll(() => gone.length).toBe(1)
    expect(gone[0]?.aborted).toBe(false)
    client.socket.destroy()
    await expect.poll(() => gone[0]?.aborted).toBe(true)
  })

  it('learns over HTTP/2 that the stream was reset, of that stream alone', async () => {
    const session = connectHttp2(world, port)
    const streams = [1, 2].map(() => session.request({ ':path': '/healthz', authorization: 'Bearer admin' }))
    for (const stream of streams) stream.on('error', () => {})
    await expect.poll(() => gone.length).toBe(2)
    streams[0]?.close(8)
    await expect.poll(() => gone.filter(({ aborted }) => aborted).length).toBe(1)
    session.destroy()
    await expect.poll(() => gone.filter(({ aborted }) => aborted).length).toBe(2)
  })
})
