import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import type { Answer } from '../../../src/api/answer.ts'
import { addErrorHandler } from '../../../src/api/hooks/errors.ts'
import { addRequestContext } from '../../../src/api/hooks/request-context.ts'
import { addSending } from '../../../src/api/hooks/sending.ts'
import { rewriteForRouter } from '../../../src/api/request/request-target.ts'
import { createSystemClock } from '../../../src/model/clock.ts'
import { createRecordingLog, type RecordingLog } from '../../support/recording-log.ts'

const BIG = 128 * 1024 + 1
const text = (bytes: number): Buffer => Buffer.from('0123456789'.repeat(bytes / 10 + 1)).subarray(0, bytes)

describe('an answer', () => {
  let authority: Authority
  let app: FastifyInstance
  let answer: Answer
  let log: RecordingLog
  /** The bytes that were handed on, or that it was broken off. */
  let sent: PromiseWithResolvers<number | undefined>
  beforeEach(async () => {
    authority = await createAuthority('test')
    const { certPem: cert, keyPem: key } = await authority.issue({
      ...{ commonName: 'x', dns: ['localhost'], usage: 'server' },
    })
    const clock = createSystemClock()
    log = createRecordingLog()
    sent = Promise.withResolvers()
    app = Fastify({
      ...{ https: { cert, key }, rewriteUrl: rewriteForRouter, forceCloseConnections: true },
    }) as unknown as FastifyInstance
    addRequestContext(app, clock)
    app.addHook('onRequest', ({ context }, _reply, done) => {
      context?.afterReply.push(sent.resolve)
      done()
    })
    addSending(app, { clock, requestTimeoutMs: 500, connections: { answered() {} }, log })
    addErrorHandler(app, log)
    app.get('/', (_request, reply) => reply.answer(answer))
    await app.listen({ port: 0, host: 'localhost' })
  })
  afterEach(() => app.close())

  const portOf = () => (app.server.address() as AddressInfo).port

  async function ask(given: Partial<Answer> & Pick<Answer, 'body'>, acceptEncoding?: string) {
    answer = { status: 200, contentType: 'text/plain', ...given }
    const port = portOf()
    const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }
    const request = https.get({ host: 'localhost', port, ca: authority.certPem, headers })
    const [response] = await once(request, 'response')
    return { headers: response.headers, body: Buffer.concat(await response.toArray()) }
  }

  it.each(['gzip', 'br, gzip', ' gzip ,deflate'])('that is big is compressed for who takes %j', async (accepted) => {
    const { headers, body } = await ask({ body: text(BIG) }, accepted)
    expect(headers).toMatchObject({ vary: 'Accept-Encoding', 'content-encoding': 'gzip' })
    expect(gunzipSync(body).equals(text(BIG))).toBe(true)
  })

  it.each([undefined, 'br', 'gzip;q=1', '*', 'GZIP', 'xgzip'])('that is big is not, for %j', async (accepted) => {
    const { headers, body } = await ask({ body: text(BIG) }, accepted)
    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers['content-length']).toBe(String(BIG))
    expect(body.equals(text(BIG))).toBe(true)
  })

  it('keeps what else it varies by', async () => {
    expect((await ask({ body: text(BIG), headers: { vary: 'Accept' } }, 'gzip')).headers.vary).toBe(
      'Accept, Accept-Encoding',
    )
  })

  it.each([
    ['small', text(BIG - 1), {}],
    ['compressed already', text(BIG), { 'content-encoding': 'gzip' }],
  ])('stays as it is when it is %s', async (_, body, headers) => {
    const given = await ask({ body, headers }, 'gzip')
    expect(given.headers).not.toHaveProperty('vary')
    expect(given.body.equals(body)).toBe(true)
  })

  it('of many chunks has no length before the last of them is made', async () => {
    const chunks = Array.from({ length: 1000 }, (_, i) => text(i))
    const { headers, body } = await ask({ body: { bytes: undefined, chunks } })
    expect(await sent.promise).toBe(body.length)
    expect(headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(body.equals(Buffer.concat(chunks))).toBe(true)
  })

  it('of chunks that fit into one batch is sent as one', async () => {
    const { headers, body } = await ask({ body: { bytes: undefined, chunks: [text(10), text(20)] } }, 'gzip')
    expect(headers['content-length']).toBe('30')
    expect(body.equals(Buffer.concat([text(10), text(20)]))).toBe(true)
  })

  it('that is empty has the length 0, unless it may have none', async () => {
    expect((await ask({ body: Buffer.alloc(0) })).headers['content-length']).toBe('0')
    expect((await ask({ status: 304, body: Buffer.alloc(0) })).headers).not.toHaveProperty('content-length')
  })

  describe('to a client that does not read', () => {
    const CHUNK = text(64 * 1024)
    let made: number
    let ended: boolean
    function* endless(): Generator<Buffer> {
      try {
        for (made = 0; ; made++) yield CHUNK
      } finally {
        ended = true
      }
    }

    async function begin() {
      ended = false
      answer = { status: 200, contentType: 'text/plain', body: { bytes: undefined, chunks: endless() } }
      const port = portOf()
      const request = https.get({ host: 'localhost', port, ca: authority.certPem })
      const [response] = await once(request, 'response')
      response.on('error', () => {})
      return { request, response }
    }

    it('is not made before it can be sent, and given up when its time is over', async () => {
      const { response } = await begin()
      const gone = new Promise((resolve) => response.once('close', resolve))
      expect(await sent.promise).toBeUndefined()
      // What the two sockets hold between them is some megabytes; without an end to it, it would be any number.
      expect(made * CHUNK.length).toBeLessThan(64 << 20)
      expect(ended).toBe(true)
      response.resume()
      await gone
      expect(response.complete).toBe(false)
    })

    it('is given up when the client goes', async () => {
      const { request } = await begin()
      request.destroy()
      expect(await sent.promise).toBeUndefined()
      expect(ended).toBe(true)
    })
  })

  it('that fails half-way is cut off, never taken for the whole', async () => {
    function* failing(): Generator<Buffer> {
      yield text(BIG)
      throw new Error('no more')
    }
    await expect(ask({ body: { bytes: undefined, chunks: failing() } })).rejects.toThrow('aborted')
    expect(await sent.promise).toBeUndefined()
    expect(log.lines.map(({ message }) => message)).toEqual(['Failed to send a response'])
  })

  it('that fails before its first byte is an error, and nothing of it is sent', async () => {
    function* failing(): Generator<Buffer> {
      yield text(10)
      throw new Error('no more')
    }
    const { body } = await ask({ body: { bytes: undefined, chunks: failing() }, headers: { etag: 'x' } })
    expect(JSON.parse(body.toString())).toMatchObject({ kind: 'Status', code: 500 })
    expect(log.lines.map(({ message }) => message)).toEqual(['Failed to answer a request'])
  })
})
