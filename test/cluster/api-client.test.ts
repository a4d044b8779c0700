import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../certs/authority.ts'
import type { ClusterAccess, ClusterTls } from '../../src/cluster/access.ts'
import { type ApiClient, type ApiRequest, createApiClient } from '../../src/cluster/api-client.ts'
import { ApiAnswerInvalid, ApiError, ApiUnreachable } from '../../src/cluster/api-error.ts'
import { drop, fail, hang, respond, send } from '../support/fake-answers.ts'
import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from '../support/fake-apiserver.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { tokenAccess } from './cluster-fixture.ts'

const PATH = '/api/v1/things'
const GET: ApiRequest = { method: 'GET', path: PATH }

let authority: Authority
let clock: ManualClock
let apiserver: FakeApiserver
let client: ApiClient
const closing: (() => Promise<unknown>)[] = []

async function start(options: Partial<FakeApiserverOptions> = {}): Promise<FakeApiserver> {
  const server = await startFakeApiserver({ authority, ...options })
  closing.push(() => server.stop().catch(() => undefined))
  server.handle(PATH, (_request, response) => respond(response, 200, { ok: true }))
  return server
}
function connect(access: ClusterAccess): ApiClient {
  const made = createApiClient({ access, clock, userAgent: 'test/1' })
  closing.unshift(() => made.close())
  return made
}
const accessWith = (tls: Partial<ClusterTls>, server = apiserver.url): ClusterAccess => {
  const access = tokenAccess(server, apiserver.caPem)
  return { ...access, tls: { ...access.tls, ...tls } }
}
const failureOf = (request: ApiRequest, of = client): Promise<Error> =>
  of.request(request).then(
    () => expect.unreachable('it answered'),
    (error: Error) => error,
  )

beforeEach(async () => {
  authority = await createAuthority('cluster')
  clock = createManualClock()
  apiserver = await start()
  client = connect(tokenAccess(apiserver.url, apiserver.caPem))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('a request', () => {
  it('carries credentials, user agent, query and body, and gives status and body', async () => {
    apiserver.handle(PATH, (_request, response) => respond(response, 201, { made: true }))
    const answer = await client.request({
      method: 'POST',
      path: PATH,
      query: { labelSelector: 'a=b,c in (d)', limit: 5, continue: undefined },
      body: { hello: 'wörld' },
      accept: 'application/x',
    })
    expect(answer.status).toBe(201)
    expect(answer.body.toString()).toBe('{"made":true}')
    const [seen] = apiserver.requests
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
    apiserver.handle(`/k8s/c1${PATH}`, (_request, response) => respond(response, 200, {}))
    const behindProxy = connect(tokenAccess(new URL(`${apiserver.url.origin}/k8s/c1/`), apiserver.caPem))
    expect((await behindProxy.request(GET)).status).toBe(200)
  })

  it('shows the client certificate', async () => {
    const clients = await createAuthority('clients')
    const strict = await start({ clientCaPem: clients.certPem })
    const pair = await clients.issue({ commonName: 'me', usage: 'client' })
    const known = connect(accessWith({ cert: pair.certPem, key: pair.keyPem }, strict.url))
    expect((await known.request(GET)).status).toBe(200)
    expect(await failureOf(GET, connect(accessWith({}, strict.url)))).toBeInstanceOf(ApiUnreachable)
  })

  it('fails when the certificate is of another authority, or for another name', async () => {
    const stranger = await createAuthority('stranger')
    expect(await failureOf(GET, connect(accessWith({ ca: stranger.certPem })))).toBeInstanceOf(ApiUnreachable)
    expect(await failureOf(GET, connect(accessWith({ servername: 'other.example' })))).toBeInstanceOf(ApiUnreachable)
    expect(apiserver.requests).toEqual([])
  })

  it('checks the certificate against tls-server-name, and not at all when told so', async () => {
    const named = await start({ names: { dns: ['api.example'], ips: [] } })
    expect(await failureOf(GET, connect(accessWith({}, named.url)))).toBeInstanceOf(ApiUnreachable)
    expect((await connect(accessWith({ servername: 'api.example' }, named.url)).request(GET)).status).toBe(200)
    expect((await connect(accessWith({ ca: undefined, insecure: true }, named.url)).request(GET)).status).toBe(200)
  })

  it('says what the apiserver said', async () => {
    apiserver.handle(PATH, fail(403, 'Forbidden', 'things is forbidden: no'))
    const error = await failureOf(GET)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 403, reason: 'Forbidden', path: PATH })
    expect(error.message).toBe(`GET ${PATH}: the apiserver answered 403: things is forbidden: no`)
  })

  it('does not follow a redirect', async () => {
    apiserver.handle(PATH, (_request, response) => respond(response, 302, {}, { location: '/elsewhere' }))
    expect(await failureOf(GET)).toMatchObject({ name: 'ApiError', status: 302 })
    expect(apiserver.requests).toHaveLength(1)
  })

  it('has a limit to the answer', async () => {
    apiserver.handle(PATH, send(['x'.repeat(2000)]))
    expect(await failureOf({ ...GET, maxBytes: 1000 })).toBeInstanceOf(ApiAnswerInvalid)
  })

  it('has a limit in time, for an answer that stops half-way too', async () => {
    for (const handler of [hang, send(['{"half":'], true)]) {
      apiserver.next(PATH, false, handler)
      const before = apiserver.requests.length
      const failure = failureOf(GET)
      await expect.poll(() => apiserver.requests.length).toBe(before + 1)
      await clock.advance(30_000)
      expect((await failure).message).toMatch(/no answer within 30 s/)
    }
  })

  it('ends with its signal, for its reason', async () => {
    apiserver.handle(PATH, hang)
    const controller = new AbortController()
    const failure = failureOf({ ...GET, signal: controller.signal })
    await expect.poll(() => apiserver.requests.length).toBe(1)
    const reason = new Error('no longer wanted')
    controller.abort(reason)
    expect(await failure).toBe(reason)
    expect(await failureOf({ ...GET, signal: controller.signal })).toBe(reason)
  })

  it('names the server when there is none, and no credential', async () => {
    await apiserver.stop()
    const error = await failureOf(GET)
    expect(error).toBeInstanceOf(ApiUnreachable)
    expect(error.message).toContain(apiserver.url.host)
    expect(error.message).not.toContain('secret-token')
  })
})

describe('a second try', () => {
  it('after a 401 uses the token read anew', async () => {
    let token = 'old'
    let cached = token
    const access = tokenAccess(apiserver.url, apiserver.caPem)
    const rotating = connect({
      ...access,
      authorization: () => Promise.resolve(`Bearer ${cached}`),
      invalidate: () => {
        cached = token
      },
    })
    apiserver.handle(PATH, (request, response) =>
      respond(response, request.headers.authorization === `Bearer ${token}` ? 200 : 401, {}),
    )
    token = 'new'
    expect((await rotating.request(GET)).status).toBe(200)
    expect(apiserver.requests).toHaveLength(2)
  })

  it('is the last one', async () => {
    apiserver.handle(PATH, fail(401, 'Unauthorized', 'Unauthorized'))
    expect(await failureOf(GET)).toMatchObject({ name: 'ApiError', status: 401 })
    expect(apiserver.requests).toHaveLength(2)
  })

  it('follows a connection that broke', async () => {
    await client.request(GET)
    apiserver.next(PATH, false, drop)
    expect((await client.request({ ...GET, method: 'POST', body: {} })).status).toBe(200)
    apiserver.next(PATH, false, drop, drop)
    expect(await failureOf(GET)).toBeInstanceOf(ApiUnreachable)
  })

  it('uses certificate files that were replaced', async () => {
    const access = accessWith({ ca: (await createAuthority('old')).certPem })
    let tls = access.tls
    const rotating = connect({
      ...access,
      get tls() {
        return tls
      },
      reloadTls() {
        tls = { ...tls, ca: apiserver.caPem }
        return Promise.resolve(true)
      },
    })
    expect((await rotating.request(GET)).status).toBe(200)
  })

  it('waits as long as the apiserver says, up to three times', async () => {
    const busy = fail(429, 'TooManyRequests', 'later', { 'retry-after': '1' })
    apiserver.next(PATH, false, busy, busy, busy)
    let status: number | undefined
    const answered = client.request(GET).then((answer) => {
      status = answer.status
    })
    await expect.poll(() => apiserver.requests.length).toBe(1)
    await clock.advance(999)
    expect(apiserver.requests).toHaveLength(1)
    await expect.poll(() => clock.advance(1000).then(() => status)).toBe(200)
    await answered
    expect(apiserver.requests).toHaveLength(4)
    apiserver.handle(PATH, fail(500, 'InternalError', 'no'))
    expect(await failureOf(GET)).toMatchObject({ status: 500 })
  })
})

describe('a stream', () => {
  const read = async (handler: Parameters<FakeApiserver['handle']>[1], maxLineBytes = 100) => {
    apiserver.handle(PATH, handler)
    const lines: string[] = []
    for await (const line of await client.stream({ path: PATH, maxLineBytes })) lines.push(line.toString())
    return lines
  }

  it('gives lines, and not the piece that was cut off at the end', async () => {
    expect(await read(send(['{"a":', '1}\n{"b"', ':"ü"}\n\n{"c"']))).toEqual(['{"a":1}', '{"b":"ü"}'])
  })

  it('fails at a line that is too long, before it has all of it', async () => {
    await expect(read(send(['x'.repeat(101)], true))).rejects.toThrow(ApiAnswerInvalid)
  })

  it('fails before the first line when the apiserver refuses it', async () => {
    apiserver.handle(PATH, fail(410, 'Expired', 'too old'))
    await expect(client.stream({ path: PATH })).rejects.toMatchObject({ name: 'ApiError', expired: true })
  })

  it('fails when the connection is cut', async () => {
    const cut = read((_request, response) => {
      response.write('{}\n', () => response.socket?.destroy())
    })
    await expect(cut).rejects.toThrow(ApiUnreachable)
  })

  it('does not keep requests waiting, however many there are', async () => {
    apiserver.handle('/watch', send([], true))
    await Promise.all(Array.from({ length: 8 }, () => client.stream({ path: '/watch' })))
    expect((await client.request(GET)).status).toBe(200)
  })
})
