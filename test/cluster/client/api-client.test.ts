import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import { ApiAnswerInvalid, ApiError, ApiUnreachable } from '../../../src/cluster/client/api-error.ts'
import { fail, type Handler, hang, respond, send } from '../../support/fake-answers.ts'
import { GET, PATH, useClient } from './client-fixture.ts'
import { tokenCredentials } from '../cluster-fixture.ts'

const at = useClient()
const { start, connect, credentialsWith, failureOf } = at

describe('a request', () => {
  it('carries credentials, user agent, query and body, and gives status and body', async () => {
    at.apiserver.handle(PATH, (_request, response) => respond(response, 201, { made: true }))
    const answer = await at.client.request({
      method: 'POST',
      path: PATH,
      query: { labelSelector: 'a=b,c in (d)', limit: 5, continue: undefined },
      body: { hello: 'wörld' },
      accept: 'application/x',
    })
    expect(answer.status).toBe(201)
    expect(answer.body.toString()).toBe('{"made":true}')
    const [seen] = at.apiserver.requests
    expect(seen?.body).toBe('{"hello":"wörld"}')
    expect(Object.fromEntries(seen?.query ?? [])).toEqual({ labelSelector: 'a=b,c in (d)', limit: '5' })
    expect(seen?.headers).toMatchObject({
      accept: 'application/x',
      'user-agent': 'test/1',
      authorization: 'Bearer secret-token',
      'content-type': 'application/json',
    })
  })

  it("goes below the server's own path", async () => {
    at.apiserver.handle(`/k8s/c1${PATH}`, (_request, response) => respond(response, 200, {}))
    const behindProxy = connect(tokenCredentials(new URL(`${at.apiserver.url.origin}/k8s/c1/`), at.apiserver.caPem))
    expect((await behindProxy.request(GET)).status).toBe(200)
  })

  it('shows the client certificate', async () => {
    const clients = await createAuthority('clients')
    const strict = await start({ clientCaPem: clients.certPem })
    const pair = await clients.issue({ commonName: 'me', usage: 'client' })
    const known = connect(credentialsWith({ cert: pair.certPem, key: pair.keyPem }, strict.url))
    expect((await known.request(GET)).status).toBe(200)
    expect(await failureOf(GET, connect(credentialsWith({}, strict.url)))).toBeInstanceOf(ApiUnreachable)
  })

  it('fails when the certificate is of another authority, or for another name', async () => {
    const stranger = await createAuthority('stranger')
    expect(await failureOf(GET, connect(credentialsWith({ ca: stranger.certPem })))).toBeInstanceOf(ApiUnreachable)
    expect(await failureOf(GET, connect(credentialsWith({ servername: 'other.example' })))).toBeInstanceOf(
      ApiUnreachable,
    )
    expect(at.apiserver.requests).toEqual([])
  })

  it('checks the certificate against tls-server-name, and not at all when told so', async () => {
    const named = await start({ names: { dns: ['api.example'], ips: [] } })
    expect(await failureOf(GET, connect(credentialsWith({}, named.url)))).toBeInstanceOf(ApiUnreachable)
    expect((await connect(credentialsWith({ servername: 'api.example' }, named.url)).request(GET)).status).toBe(200)
    expect((await connect(credentialsWith({ ca: undefined, insecure: true }, named.url)).request(GET)).status).toBe(200)
  })

  it('says what the apiserver said', async () => {
    at.apiserver.handle(PATH, fail(403, 'Forbidden', 'things is forbidden: no'))
    const error = await failureOf(GET)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 403, reason: 'Forbidden', path: PATH })
    expect(error.message).toBe(`GET ${PATH}: the apiserver answered 403: things is forbidden: no`)
  })

  it('does not follow a redirect', async () => {
    at.apiserver.handle(PATH, (_request, response) => respond(response, 302, {}, { location: '/elsewhere' }))
    expect(await failureOf(GET)).toMatchObject({ name: 'ApiError', status: 302 })
    expect(at.apiserver.requests).toHaveLength(1)
  })

  it('has a limit to the answer', async () => {
    at.apiserver.handle(PATH, send(['x'.repeat(2000)]))
    expect(await failureOf({ ...GET, maxBytes: 1000 })).toBeInstanceOf(ApiAnswerInvalid)
  })

  it('has a limit in time, for an answer that stops half-way too', async () => {
    for (const handler of [hang, send(['{"half":'], true)]) {
      at.apiserver.next(PATH, false, handler, handler)
      const before = at.apiserver.requests.length
      const failure = failureOf(GET)
      await expect.poll(() => at.apiserver.requests.length).toBe(before + 1)
      await at.clock.advance(30_000)
      expect((await failure).message).toMatch(/no answer within 30 s/)
    }
  })

  it('ends with its signal, for its reason', async () => {
    at.apiserver.handle(PATH, hang)
    const controller = new AbortController()
    const failure = failureOf({ ...GET, signal: controller.signal })
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    const reason = new Error('no longer wanted')
    controller.abort(reason)
    expect(await failure).toBe(reason)
    expect(await failureOf({ ...GET, signal: controller.signal })).toBe(reason)
  })

  it('ends with its signal, and in time, while a connection is still being made', async () => {
    const silent = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = new URL(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const client = connect(credentialsWith({}, url))
    try {
      const controller = new AbortController()
      const failures = [failureOf({ ...GET, signal: controller.signal }, client), failureOf(GET, client)]
      await once(silent, 'connection')
      const reason = new Error('no longer wanted')
      controller.abort(reason)
      await at.clock.advance(30_000)
      // Less than the time that making a connection may take.
      const outcome = await Promise.race([Promise.all(failures), setTimeout(3000, 'still waiting')])
      expect(outcome).toEqual([reason, expect.any(ApiUnreachable)])
    } finally {
      await client.close()
      silent.close()
    }
  })

  it('names the server when there is none, and no credential', async () => {
    await at.apiserver.stop()
    const error = await failureOf(GET)
    expect(error).toBeInstanceOf(ApiUnreachable)
    expect(error.message).toContain(at.apiserver.url.host)
    expect(error.message).not.toContain('secret-token')
  })
})

describe('a stream', () => {
  const read = async (handler: Handler, maxLineBytes = 100) => {
    at.apiserver.handle(PATH, handler)
    const lines: string[] = []
    for await (const line of await at.client.stream({ path: PATH, maxLineBytes })) lines.push(line.toString())
    return lines
  }

  it('gives lines, and not the piece that was cut off at the end', async () => {
    expect(await read(send(['{"a":', '1}\n{"b"', ':"ü"}\n\n{"c"']))).toEqual(['{"a":1}', '{"b":"ü"}'])
  })

  it('fails at a line that is too long, before it has all of it', async () => {
    await expect(read(send(['x'.repeat(101)], true))).rejects.toThrow(ApiAnswerInvalid)
  })

  it('fails before the first line when the apiserver refuses it', async () => {
    at.apiserver.handle(PATH, fail(410, 'Expired', 'too old'))
    await expect(at.client.stream({ path: PATH })).rejects.toMatchObject({ name: 'ApiError', expired: true })
  })

  it('fails when the connection is cut', async () => {
    const cut = read((_request, response) => {
      response.write('{}\n', () => response.socket?.destroy())
    })
    await expect(cut).rejects.toThrow(ApiUnreachable)
  })

  it('does not keep requests waiting, however many there are', async () => {
    at.apiserver.handle('/watch', send([], true))
    await Promise.all(Array.from({ length: 8 }, () => at.client.stream({ path: '/watch' })))
    expect((await at.client.request(GET)).status).toBe(200)
  })
})
