import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import type { Answer } from '../../../src/api/answer.ts'
import { ClientGoneError } from '../../../src/api/server/client-gone.ts'
import { createResponder } from '../../../src/api/server/respond.ts'
import { createSystemClock } from '../../../src/model/clock.ts'

const BIG = 128 * 1024 + 1
const text = (bytes: number): Buffer => Buffer.from('0123456789'.repeat(bytes / 10 + 1)).subarray(0, bytes)

describe('an answer', () => {
  let authority: Authority
  let server: https.Server
  let answer: Answer
  let sent: Promise<number>
  let begun: number
  let sizes: number[]
  beforeEach(async () => {
    begun = 0
    sizes = []
    authority = await createAuthority('test')
    const pair = await authority.issue({ commonName: 'x', dns: ['localhost'], usage: 'server' })
    const respond = createResponder({ clock: createSystemClock(), requestTimeoutMs: 500 })
    server = https.createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
      const acceptEncoding = request.headers['accept-encoding']?.toString()
      const begins = () => {
        begun++
        return (bytes: number) => void sizes.push(bytes)
      }
      sent = respond(response, answer, {
        auditId: 'id',
        acceptEncoding,
        headOnly: false,
        lastOfConnection: true,
        begins,
      })
      sent.catch(() => response.destroy())
    })
    await once(server.listen(0), 'listening')
  })
  afterEach(() => void server.close())

  async function ask(given: Partial<Answer> & Pick<Answer, 'body'>, acceptEncoding?: string) {
    answer = { status: 200, contentType: 'text/plain', ...given }
    const { port } = server.address() as AddressInfo
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

  it('of many pieces has no length before the last of them is made', async () => {
    const pieces = Array.from({ length: 1000 }, (_, i) => text(i))
    const { headers, body } = await ask({ body: { bytes: undefined, pieces } })
    await sent
    expect(sizes).toEqual([body.length])
    expect(headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(body.equals(Buffer.concat(pieces))).toBe(true)
  })

  it('of pieces that fit into one batch is sent as one', async () => {
    const { headers, body } = await ask({ body: { bytes: undefined, pieces: [text(10), text(20)] } }, 'gzip')
    expect(headers['content-length']).toBe('30')
    expect(body.equals(Buffer.concat([text(10), text(20)]))).toBe(true)
  })

  it('that is empty has the length 0, unless it may have none', async () => {
    expect((await ask({ body: Buffer.alloc(0) })).headers['content-length']).toBe('0')
    expect((await ask({ status: 304, body: Buffer.alloc(0) })).headers).not.toHaveProperty('content-length')
  })

  describe('to a client that does not read', () => {
    const PIECE = text(64 * 1024)
    let made: number
    let ended: boolean
    function* endless(): Generator<Buffer> {
      try {
        for (made = 0; ; made++) yield PIECE
      } finally {
        ended = true
      }
    }

    async function begin() {
      ended = false
      answer = { status: 200, contentType: 'text/plain', body: { bytes: undefined, pieces: endless() } }
      const { port } = server.address() as AddressInfo
      const request = https.get({ host: 'localhost', port, ca: authority.certPem })
      const [response] = await once(request, 'response')
      response.on('error', () => {})
      return { request, response }
    }

    it('is not made before it can be sent, and given up when its time is over', async () => {
      const { response } = await begin()
      const gone = new Promise((resolve) => response.once('close', resolve))
      await expect(sent).rejects.toBeInstanceOf(ClientGoneError)
      // What the two sockets hold between them is some megabytes; without an end to it, it would be any number.
      expect(made * PIECE.length).toBeLessThan(64 << 20)
      expect(ended).toBe(true)
      response.resume()
      await gone
      expect(response.complete).toBe(false)
    })

    it('is given up when the client goes', async () => {
      const { request } = await begin()
      request.destroy()
      await expect(sent).rejects.toBeInstanceOf(ClientGoneError)
      expect(ended).toBe(true)
    })
  })

  it('that fails half-way is cut off, never taken for the whole', async () => {
    function* failing(): Generator<Buffer> {
      yield text(BIG)
      throw new Error('no more')
    }
    await expect(ask({ body: { bytes: undefined, pieces: failing() } })).rejects.toThrow('aborted')
    await expect(sent).rejects.toThrow('no more')
    expect([begun, sizes]).toEqual([1, []])
  })

  it('that fails before its first byte has not begun, so that another can take its place', async () => {
    function* failing(): Generator<Buffer> {
      yield text(10)
      throw new Error('no more')
    }
    await expect(ask({ body: { bytes: undefined, pieces: failing() } })).rejects.toThrow('hang up')
    await expect(sent).rejects.toThrow('no more')
    expect(begun).toBe(0)
  })
})
