import { afterEach, describe, expect, it } from 'vitest'
import { TRANSPORTS } from '../../contract/support/transports.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { DATA, END_STREAM, frameClient, get, HEADERS, headFrames } from './http2-frames.ts'

describe('the end of an answer over HTTP/2', () => {
  let world: World
  afterEach(() => world.api.close())

  async function ask(bytes: number) {
    world = await createWorld({ metrics: { contentType: 'text/plain', text: async () => 'x'.repeat(bytes) } })
    const client = await frameClient(world, (await world.api.listen()).port)
    client.socket.write(headFrames(1, get('/metrics', [['authorization', 'Bearer admin']])))
    const frames = await client.untilFrame(
      ({ stream, flags, type }) => stream === 1 && type <= HEADERS && flags % 2 === 1,
    )
    client.socket.destroy()
    return frames.filter(({ stream, type }) => stream === 1 && type <= HEADERS)
  }

  it.each([1, 2048, 5000, 16_384, 60_000, 131_072])('is in the last DATA frame of %d bytes', async (bytes) => {
    const frames = await ask(bytes)
    const data = frames.filter(({ type }) => type === DATA)
    expect(data.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(bytes)
    expect(data.at(-1)?.payload.length).toBeGreaterThan(0)
    expect(data.map(({ flags }) => flags & END_STREAM)).toEqual(data.map((_, i) => (i === data.length - 1 ? 1 : 0)))
  })

  it('is in the head of one without a body', async () => {
    const frames = await ask(0)
    expect(frames.map(({ type, flags }) => [type, flags & END_STREAM])).toEqual([[HEADERS, END_STREAM]])
  })

  it.each([
    ['HTTP/1.1', '400000'],
    ['HTTP/2', undefined],
  ])('is foretold by a Content-Length where the body is made while it is sent over %s: %s', async (protocol, length) => {
    world = await createWorld({ metrics: { contentType: 'text/plain', text: async () => 'x'.repeat(400_000) } })
    const transport = TRANSPORTS.find(({ name }) => name === protocol)
    const client = await transport?.open(world)
    const answer = await client?.ask({ path: '/metrics', as: 'admin' })
    expect(answer?.body.length).toBe(400_000)
    expect(answer?.headers['content-length']).toBe(length)
    await client?.close()
  })
})
