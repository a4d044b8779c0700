import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import { ApiUnreachable } from '../../../src/cluster/client/api-error.ts'
import { drop, fail, hang, respond } from '../../support/fake-answers.ts'
import { GET, PATH, useClient } from './client-fixture.ts'
import { tokenCredentials } from '../cluster-fixture.ts'

const at = useClient()
const { connect, credentialsWith, failureOf } = at

describe('what is sent', () => {
  it('is told of, each try with its status, and how long the whole took', async () => {
    const sent: string[] = []
    const took: string[] = []
    const client = connect(credentialsWith({}), {
      sent: (host, method, status) => sent.push(`${host} ${method} ${status}`),
      took: (host, method, seconds) => took.push(`${host} ${method} ${seconds >= 0}`),
    })
    const { host } = at.apiserver.url
    at.apiserver.next(PATH, false, drop)
    await client.request(GET)
    at.apiserver.next(PATH, false, fail(404, 'NotFound', 'no'))
    await client.request({ ...GET, method: 'POST', body: {} }).catch(() => undefined)
    expect(sent).toEqual([`${host} GET undefined`, `${host} GET 200`, `${host} POST 404`])
    expect(took).toEqual([`${host} GET true`, `${host} POST true`])
  })
})

describe('a second try', () => {
  it('after a 401 uses the token read anew', async () => {
    let token = 'old'
    let cached = token
    const credentials = tokenCredentials(at.apiserver.url, at.apiserver.caPem)
    const rotating = connect({
      ...credentials,
      authorization: () => Promise.resolve(`Bearer ${cached}`),
      invalidate: () => {
        cached = token
      },
    })
    at.apiserver.handle(PATH, (request, response) =>
      respond(response, request.headers.authorization === `Bearer ${token}` ? 200 : 401, {}),
    )
    token = 'new'
    expect((await rotating.request(GET)).status).toBe(200)
    expect(at.apiserver.requests).toHaveLength(2)
  })

  it('is the last one', async () => {
    at.apiserver.handle(PATH, fail(401, 'Unauthorized', 'Unauthorized'))
    expect(await failureOf(GET)).toMatchObject({ name: 'ApiError', status: 401 })
    expect(at.apiserver.requests).toHaveLength(2)
  })

  it('follows a connection that broke', async () => {
    await at.client.request(GET)
    at.apiserver.next(PATH, false, drop)
    expect((await at.client.request({ ...GET, method: 'POST', body: {} })).status).toBe(200)
    at.apiserver.next(PATH, false, drop, drop)
    expect(await failureOf(GET)).toBeInstanceOf(ApiUnreachable)
  })

  it('goes to a new connection when no answer begins within 10 s, and so does what comes after it', async () => {
    const ports: (number | undefined)[] = []
    at.apiserver.handle(PATH, (_request, response) => {
      ports.push(response.socket?.remotePort)
      respond(response, 200, {})
    })
    await at.client.request(GET)
    const dead = ports[0]
    at.apiserver.next(PATH, false, hang)
    const answered = at.client.request({ ...GET, method: 'POST', body: {} })
    await expect.poll(() => at.apiserver.requests.length).toBe(2)
    await at.clock.advance(9_999)
    expect(at.apiserver.requests).toHaveLength(2)
    await at.clock.advance(1)
    expect((await answered).status).toBe(200)
    expect(ports.at(-1)).not.toBe(dead)
    await at.client.request(GET)
    expect(ports).toHaveLength(3)
    expect(ports[2]).not.toBe(dead)
  })

  it('on a new connection has the rest of the time', async () => {
    at.apiserver.next(PATH, false, hang, hang)
    const failure = failureOf(GET)
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    await at.clock.advance(10_000)
    await expect.poll(() => at.apiserver.requests.length).toBe(2)
    await at.clock.advance(20_000)
    expect((await failure).message).toMatch(/no answer within 30 s/)
    expect(at.apiserver.requests).toHaveLength(2)
  })

  it('is not sent for an answer that has begun, however slow its body is', async () => {
    at.apiserver.next(PATH, false, (_request, response) => {
      response.writeHead(200)
      response.write('{')
      at.clock.after(20_000, () => response.end('}'))
    })
    const answered = at.client.request(GET)
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await at.clock.advance(20_000)
    expect((await answered).body.toString()).toBe('{}')
    expect(at.apiserver.requests).toHaveLength(1)
  })

  it('uses certificate files that were replaced', async () => {
    const credentials = credentialsWith({ ca: (await createAuthority('old')).certPem })
    let tls = credentials.tls
    const listeners: (() => void)[] = []
    const rotating = connect({
      ...credentials,
      get tls() {
        return tls
      },
      onChange: (listener) => void listeners.push(listener),
      renew() {
        tls = { ...tls, ca: at.apiserver.caPem }
        for (const listener of listeners) listener()
        return Promise.resolve(true)
      },
    })
    expect((await rotating.request(GET)).status).toBe(200)
  })

  it('waits as long as the apiserver says, up to three times', async () => {
    const busy = fail(429, 'TooManyRequests', 'later', { 'retry-after': '1' })
    at.apiserver.next(PATH, false, busy, busy, busy)
    let status: number | undefined
    const answered = at.client.request(GET).then((answer) => {
      status = answer.status
    })
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    await at.clock.advance(999)
    expect(at.apiserver.requests).toHaveLength(1)
    await expect.poll(() => at.clock.advance(1000).then(() => status)).toBe(200)
    await answered
    expect(at.apiserver.requests).toHaveLength(4)
    at.apiserver.handle(PATH, fail(500, 'InternalError', 'no'))
    expect(await failureOf(GET)).toMatchObject({ status: 500 })
  })
})
