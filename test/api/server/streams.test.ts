import { once } from 'node:events'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { ResourceMetrics } from '../../../src/api/options.ts'
import { TRANSPORTS } from '../../contract/support/transports.ts'
import { createWorld, type World } from '../../contract/support/world.ts'

const PATH = '/metrics/resource'
const CHUNK = Buffer.from('node_memory_working_set_bytes{node="node-1"} 1\n'.repeat(1000))

/** So many chunks, and what became of them. */
function chunks(count: number) {
  /** In a row: within one turn of the event loop. */
  const made = { chunks: 0, ended: false, mostInARow: 0 }
  let inARow = 0
  const metrics: ResourceMetrics = {
    contentType: 'text/plain; version=0.0.4',
    *chunks() {
      try {
        for (let i = 0; i < count; i++) {
          if (inARow++ === 0) {
            setImmediate(() => {
              inARow = 0
            })
          }
          made.mostInARow = Math.max(made.mostInARow, inARow)
          made.chunks++
          yield CHUNK
        }
      } finally {
        made.ended = true
      }
    },
  }
  return { made, metrics }
}

let world: World
afterEach(async () => {
  await world.api.close()
  expect(world.errors).toEqual([])
})

describe.each(TRANSPORTS)('an answer that is made while it is sent, over $name', ({ name, open }) => {
  const opened = async (resourceMetrics: ResourceMetrics | undefined) => {
    world = await createWorld(resourceMetrics === undefined ? {} : { resourceMetrics })
    return open(world)
  }

  it('is no more than its head for HEAD, however big it is', async () => {
    const text = 'metrics_server_up 1\n'.repeat(20_000)
    world = await createWorld({ metrics: { contentType: 'text/plain', text: async () => text } })
    const client = await open(world)
    const question = { path: '/metrics', as: 'admin', method: 'HEAD' }
    const { status, headers, body } = await client.ask(question)
    expect([status, Number(headers['content-length']), body.length]).toEqual([200, text.length, 0])
    const small = await client.ask({ ...question, headers: { 'accept-encoding': 'gzip' } })
    expect([small.status, small.headers['content-encoding'], small.body.length]).toEqual([200, 'gzip', 0])
    client.close()
  })

  it('comes whole, compressed for who takes that', async () => {
    const { metrics, made } = chunks(300)
    const client = await opened(metrics)
    const plain = await client.ask({ path: PATH, as: 'admin' })
    expect([plain.status, plain.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4'])
    expect(plain.body.equals(Buffer.concat(new Array(300).fill(CHUNK)))).toBe(true)
    const small = await client.ask({ path: PATH, as: 'admin', headers: { 'accept-encoding': 'gzip' } })
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(small.body.length).toBeLessThan(plain.body.length / 20)
    expect(gunzipSync(small.body).equals(plain.body)).toBe(true)
    // Others have their turn in between. What is injected has no connection that could be full.
    if (name !== 'inject') expect(made.mostInARow).toBeLessThan(30)
    await client.close()
  })

  it('is for those who may get its path, and not made for others', async () => {
    const { metrics, made } = chunks(1)
    const client = await opened(metrics)
    expect((await client.ask({ path: PATH })).status).toBe(403)
    expect((await client.ask({ path: PATH, as: 'viewer' })).status).toBe(403)
    const head = await client.ask({ path: PATH, as: 'admin', method: 'HEAD' })
    expect([head.status, head.body.length, made.chunks]).toEqual([200, 0, 0])
    expect((await client.ask({ path: '/', as: 'admin' })).json.paths).toContain(PATH)
    await client.close()
  })

  it('is not there unless it was asked for', async () => {
    const client = await opened(undefined)
    const { status, json } = await client.ask({ path: PATH, as: 'admin' })
    expect(status).toBe(404)
    expect(json.paths).toContain('/metrics')
    expect(json.paths).not.toContain(PATH)
    await client.close()
  })
})

describe('a client that goes away, or does not read', () => {
  it.each(['identity', 'gzip'])('is not made more for than fits in between (%s)', async (encoding) => {
    const { metrics, made } = chunks(100_000)
    world = await createWorld({ resourceMetrics: metrics })
    const { port } = await world.api.listen()
    const headers = { authorization: 'Bearer admin', 'accept-encoding': encoding }
    const request = https.get({ host: '127.0.0.1', port, path: PATH, headers, ca: world.authority.certPem })
    const [response] = await once(request, 'response')
    await once(response, 'readable')
    // 4.7 GB would be made in full; compressed it is two hundredths of that.
    let before = -1
    for (let i = 0; i < 100 && made.chunks > before; i++) {
      before = made.chunks
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(made.chunks).toBeLessThan(60_000)
    expect(made.ended).toBe(false)
    response.on('error', () => {})
    request.destroy()
    for (let i = 0; i < 100 && !made.ended; i++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(made.ended).toBe(true)
  })
})
