import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answerStatus, clientFor, startKubelet, startRaw, TOKEN } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'
import { MIB, pour } from './pour.ts'

const at = useKubelet()

describe('a kubelet that answers with a status', () => {
  it.each([
    [401, 'unauthorized', 'authentication.webhook'],
    [403, 'forbidden', 'nodes/stats'],
    [404, 'not-found', '--kubelet-metrics-source'],
    [500, 'http-status', "kubelet's log"],
    [503, 'http-status', "kubelet's log"],
    [204, 'http-status', "kubelet's log"],
  ])('%i fails with reason %s', async (status, reason, remedy) => {
    at.kubelet.answer = answerStatus(status, status === 204 ? '' : 'no\r\nsuch\u001b[31m thing')
    const error = await at.client.failure()
    expect(error).toMatchObject({ reason, remedy: expect.stringContaining(remedy) })
    expect(error.message).toMatch(
      new RegExp(`^node node-1 at 127.0.0.1:${at.kubelet.port}: [^\\n\\u001b]*answered ${status}`),
    )
  })

  it.each([301, 302, 303, 307, 308])('%i is never followed', async (status) => {
    const other = await startKubelet(at.pair)
    at.kubelet.answer = answerStatus(status, '', { location: `https://127.0.0.1:${other.port}/metrics/resource` })
    const error = await at.client.failure()
    expect(error).toMatchObject({ reason: 'http-status', remedy: expect.stringContaining('never followed') })
    expect(other.connections()).toBe(0)
    await other.close()
  })

  it.each([
    [
      'no-rbac.http',
      'summary',
      'forbidden',
      '/stats/summary?only_cpu_and_memory=true answered 403; allow get on nodes/stats',
    ],
    ['no-rbac-resource.http', 'resource', 'forbidden', '/metrics/resource answered 403; allow get on nodes/metrics'],
    ['bad-token.http', 'auto', 'unauthorized', 'answered 401; does the kubelet'],
    ['no-credentials.http', 'auto', 'unauthorized', 'answered 401; does the kubelet'],
    ['not-found.http', 'summary', 'not-found', '404 page not found'],
    ['summary-full-500.http', 'auto', 'http-status', 'failed to get rootFs stats'],
  ] as const)('as a real one did: %s', async (file, source, reason, said) => {
    const recorded = readFileSync(new URL(`../../fixtures/kubelet/${file}`, import.meta.url))
    const raw = await startRaw((socket) => void socket.on('data', () => socket.write(recorded)))
    const plain = clientFor(raw, undefined, { source })
    expect(await plain.failure()).toMatchObject({ reason, message: expect.stringContaining(said) })
    await plain.close()
    raw.close()
  })

  it('has the beginning of what it said quoted', async () => {
    at.kubelet.answer = answerStatus(500, `no disk for eyJhbGciOiJSUzI1NiIsImtpZCI6Ijk5MyJ9.${'x'.repeat(5000)}`)
    expect((await at.client.failure()).message).toContain('answered 500 "no disk for […]"')
  })

  const SECRET = TOKEN.slice('Bearer '.length)
  it.each([
    ['as it is', SECRET],
    ['in parts', SECRET.match(/.{1,7}/g)?.join(' ')],
    ['a part of it alone', SECRET.slice(3, 11)],
    ['in capitals', SECRET.toUpperCase()],
    ['with what is sent', `GET / HTTP/1.1\nauthorization: ${TOKEN}\n`],
  ])('and with our token, %s, is not quoted at all', async (_, said) => {
    at.kubelet.answer = answerStatus(500, `you sent ${said}, did you not`)
    expect((await at.client.failure()).message).toMatch(/answered 500; the kubelet's log/)
  })

  it.each([401, 403])('of %i is never quoted, whatever it says', async (status) => {
    at.kubelet.answer = answerStatus(status, 'who are you')
    expect((await at.client.failure()).message).not.toContain('who are you')
  })

  it.each([401, 403, 404])('%i with an Audit-Id comes from an API server, perhaps from ourselves', async (status) => {
    at.kubelet.answer = answerStatus(status, '{"kind":"Status"}', { 'audit-id': 'x' })
    expect(await at.client.failure()).toMatchObject({
      what: expect.stringMatching(/answered \d+; an API server answers there, no kubelet/),
      remedy: expect.stringMatching(/this server itself.*hostNetwork.*10250.*Fargate.*--secure-port/),
    })
  })

  it('and an endless body with it costs no more than its beginning', async () => {
    const poured = Promise.withResolvers<number>()
    at.kubelet.answer = async (_, response) => {
      response.writeHead(500)
      poured.resolve(await pour(response, Buffer.alloc(64 * 1024, 'x y '), 1024 * MIB))
    }
    expect((await at.client.failure()).message).toContain('answered 500 "x y x y')
    expect(await poured.promise).toBeLessThan(64 * MIB)
  })
})
