import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../contract/support/world.ts'

/** Metrics as an object with a state of its own, as the registry is. */
class Counted {
  readonly contentType = 'text/plain; version=0.0.4'
  #count = 0

  async text(): Promise<string> {
    return `asked ${++this.#count}\n`
  }

  *chunks(): Generator<Buffer> {
    yield Buffer.from(`asked ${++this.#count}\n`)
  }
}

let world: World
afterEach(() => world.api.close())

describe('metrics', () => {
  it.each(['/metrics', '/metrics/resource'])('at %s are made anew for each request', async (url) => {
    world = await createWorld({ metrics: new Counted(), resourceMetrics: new Counted() })
    const ask = () => world.api.server.inject({ url, headers: { authorization: 'Bearer admin' } })
    expect((await ask()).body).toBe('asked 1\n')
    const { body, headers } = await ask()
    expect([body, headers['content-type']]).toEqual(['asked 2\n', 'text/plain; version=0.0.4'])
  })
})
