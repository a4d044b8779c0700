import type { ClientHttp2Session } from 'node:http2'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalPath, parseRequestTarget } from '../../../src/api/request/request-target.ts'
import { RequestInfoError, requestInfo } from '../../../src/api/request/request-info.ts'
import { requiredName } from '../../../src/api/request/list-options.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2 } from '../server/raw-client.ts'

/** The least time that something took, milliseconds, tried again when it was slow: the machine has other work, too. */
async function leastTime(run: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 5 && least >= 50; tries++) {
    const begun = performance.now()
    await run()
    least = Math.min(least, performance.now() - begun)
  }
  return least
}

function understand(verb: string, raw: string): void {
  const parsed = parseRequestTarget(raw)
  if (parsed === undefined) return
  canonicalPath(parsed.path)
  try {
    requestInfo(verb, parsed.path, raw, parsed.query, requiredName)
  } catch (error) {
    expect(error).toBeInstanceOf(RequestInfoError)
  }
}

const RUNS = { numRuns: 10_000 }
const word = fc.constantFrom(
  'apis',
  'metrics.k8s.io',
  'v1beta1',
  'nodes',
  'pods',
  'namespaces',
  'shop',
  'web-0',
  'watch',
  'healthz',
  'openapi',
  'v3',
  'version',
  '..',
  '',
  '%2F',
  '%00',
  '%ff',
  '%zz',
  '*',
  '{name}',
  '__proto__',
)
const garbage = fc.string({ unit: fc.constantFrom(...'/%?#&=;+.~<>"\\aZ0{}[]'), maxLength: 40 })
const path = fc.array(fc.oneof({ weight: 4, arbitrary: word }, garbage), { maxLength: 9 }).map((p) => `/${p.join('/')}`)
const parameter = fc.tuple(
  fc.constantFrom(
    'labelSelector',
    'fieldSelector',
    'watch',
    'limit',
    'continue',
    'resourceVersion',
    'timeout',
    'pretty',
    'includeObject',
    'export',
    'resourceVersionMatch',
    'exclude',
    'verbose',
    'hash',
  ),
  fc.oneof(garbage, fc.constantFrom('1', 'true', 'a%3Db', 'metadata.name%3Dx', '5s', 'Exact', 'eyJ2IjoibWV0YSJ9')),
)
const target = fc
  .tuple(path, fc.array(parameter, { maxLength: 4 }))
  .map(([p, q]) => (q.length === 0 ? p : `${p}?${q.map(([k, v]) => `${k}=${v}`).join('&')}`))
const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'TRACE')

describe('any target', () => {
  it('is understood or refused, quickly', async () => {
    await fc.assert(
      fc.asyncProperty(method, fc.oneof(target, fc.string({ unit: 'binary', maxLength: 200 })), async (verb, raw) => {
        expect(await leastTime(() => understand(verb, raw))).toBeLessThan(50)
      }),
      RUNS,
    )
  })

  it.each([
    ['slashes', '/'.repeat(60_000)],
    ['segments', '/a'.repeat(30_000)],
    ['escapes', `/${'%ff'.repeat(20_000)}`],
    ['parameters', `/?${'a=b&'.repeat(15_000)}`],
    ['commas', `/apis/metrics.k8s.io/v1beta1/nodes?fieldSelector=${','.repeat(60_000)}`],
  ])('of nothing but %s takes no time', async (_, raw) => {
    expect(parseRequestTarget(raw)).toBeDefined()
    expect(await leastTime(() => understand('GET', raw))).toBeLessThan(50)
  })
})

describe('any request', () => {
  let world: World
  let session: ClientHttp2Session
  beforeAll(async () => {
    world = await createWorld()
    session = connectHttp2(world, (await world.api.listen()).port)
  })
  afterAll(async () => {
    session.destroy()
    await world.api.close()
  })

  /** The one 500 that is the Go server's own answer. */
  const isMute = (text: string) => text.includes('unable to determine kind and namespace from url')

  it('gets an answer that is no fault of ours, quickly', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(method, target, fc.oneof(fc.constant('*/*'), garbage), async (verb, url, accept) => {
        const least = await leastTime(async () => {
          const { status, body } = await askHttp2(session, url, { ':method': verb, accept })
          expect(status < 500 || verb === 'HEAD' || isMute(body.toString())).toBe(true)
        })
        expect(least).toBeLessThan(50)
      }),
      RUNS,
    )
    expect(world.errors).toEqual([])
  })
})
