import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RequestMetrics } from '../../../src/api/options.ts'
import { canonicalPath } from '../../../src/api/request/request-target.ts'
import { createWorld, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2 } from '../server/raw-client.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
let world: World
/** What was counted of the last request. */
let counted: string
const requestMetrics: RequestMetrics = {
  answered({ verb, resource, scope, subresource }) {
    counted = [verb, resource, scope, subresource].filter((each) => each !== '').join(' ')
  },
  sized() {},
  inFlight() {},
}
beforeAll(async () => {
  world = await createWorld({ requestMetrics })
})
afterAll(() => world.api.close())

async function ask(url: string, method = 'GET') {
  const headers = { authorization: 'Bearer admin' }
  const { statusCode, body } = await world.api.server.inject({ method: method as 'GET', url, headers })
  return { status: statusCode, body }
}

describe('the path', () => {
  it.each([
    ['/', 'GET /'],
    ['/index.html', 'GET /'],
    ['/apis', 'GET /apis'],
    ['/apis/', 'GET /apis'],
    ['/apis/metrics.k8s.io', 'GET /apis/metrics.k8s.io'],
    ['/apis/metrics.k8s.io//', 'GET /apis/metrics.k8s.io'],
    [ROOT, `GET ${ROOT}`],
    [`${ROOT}/`, `GET ${ROOT}`],
    [`${ROOT}/nodes`, 'LIST nodes cluster'],
    [`${ROOT}/nodes///`, 'LIST nodes cluster'],
    [`${ROOT}/%6eodes%2F`, 'LIST nodes cluster'],
    [`${ROOT}/nodes/node-1`, 'GET nodes resource'],
    [`${ROOT}/nodes/node-1/`, 'GET nodes resource'],
    [`${ROOT}/pods`, 'LIST pods cluster'],
    [`${ROOT}/namespaces/shop/pods`, 'LIST pods namespace'],
    [`${ROOT}/namespaces/shop%2Fpods`, 'LIST pods namespace'],
    [`${ROOT}/namespaces//pods`, 'LIST pods namespace'],
    [`${ROOT}/namespaces/shop/pods/web-0`, 'GET pods resource'],
    ['/version', 'GET /version'],
    ['/version/', 'GET /version'],
    ['/metrics', 'GET /metrics'],
    ['/statusz', 'GET /statusz'],
    ['/flagz', 'GET /flagz'],
    ['/openapi/v2', 'GET /openapi/v2'],
    ['/openapi/v3', 'GET /openapi/v3'],
    ['/openapi/v3/', 'GET /openapi/v3'],
    ['/openapi/v3/apis/metrics.k8s.io', 'GET /openapi/v3'],
    ['/healthz', 'GET /healthz'],
    ['/readyz/metric-storage-ready', 'GET /readyz'],
  ])('%s leads to %s', async (path, expected) => {
    expect((await ask(path)).status).toBe(200)
    expect(counted).toBe(expected)
  })

  it.each([
    '/apis/metrics.k8s.io/v1',
    '/apis/metrics.k8s.io//v1beta1',
    `${ROOT}/nodes/n/status`,
    `${ROOT}/nodes//n`,
    `${ROOT}/nodes/a%2Fb`,
    `${ROOT}/pods/p`,
    `${ROOT}/namespaces`,
    `${ROOT}/namespaces/x`,
    `${ROOT}/namespaces/x/nodes`,
    `${ROOT}/namespaces/x/pods/p/log`,
    '/version/x',
  ])('%s leads to nothing of an API', async (path) => {
    const { status, body } = await ask(path)
    expect([status, JSON.parse(body).kind, counted]).toEqual([404, 'Status', 'GET'])
  })

  it.each([
    '/apis//',
    '/apis/apps',
    '/apis/metrics.k8s.iox',
    '//apis/metrics.k8s.io',
    '/versions',
    '/metrics/',
    '/metrics/resource',
    '/statusz/',
    '/openapi/v2/',
    '/readyz/',
    '/livez/a%0Ab',
    '/livez/%ff%25',
    '/a%3Fb%23c',
    '/*',
  ])('%s leads to nothing', async (path) => {
    const { status, body } = await ask(path)
    expect([status, Object.keys(JSON.parse(body)), counted]).toEqual([404, ['paths'], 'GET'])
  })

  it('of nobody knows what is written in it as it was', async () => {
    const { body } = await ask(`${ROOT}/nodes/${'%25%3F%23'.repeat(100)}`)
    expect(JSON.parse(body).details.name).toBe('%?#'.repeat(100))
  })
})

describe('a method', () => {
  it.each([
    'PROPFIND',
    'POST',
    'QUERY',
    'OPTIONS',
    'TRACE',
  ])('%s is refused by resources, not by documents', async (m) => {
    expect((await ask(`${ROOT}/nodes`, m)).status).toBe(405)
    expect(counted).toBe(`${m === 'POST' ? m : 'other'} nodes cluster`)
    expect((await ask('/healthz', m)).status).toBe(200)
    expect((await ask('/nowhere', m)).status).toBe(404)
  })

  it('that nobody has heard of passes every filter, over HTTP/2', async () => {
    const session = connectHttp2(world, (await world.api.listen()).port)
    const statusOf = async (path: string, authorization: string) =>
      (await askHttp2(session, path, { ':method': 'BREW', authorization })).status
    expect(await statusOf(`${ROOT}/nodes`, 'Bearer nobody')).toBe(401)
    session.destroy()
    const known = connectHttp2(world, (world.api.server.server.address() as { port: number }).port)
    const asKnown = async (path: string, token: string) =>
      (await askHttp2(known, path, { ':method': 'BREW', authorization: `Bearer ${token}` })).status
    expect(await asKnown('/nowhere', 'viewer')).toBe(403)
    expect(await asKnown(`${ROOT}/nodes`, 'admin')).toBe(405)
    expect(await asKnown('/healthz', 'admin')).toBe(200)
    expect(await asKnown('/nowhere', 'admin')).toBe(404)
    known.destroy()
  })
})

describe('the canonical path', () => {
  it('is the same path to the router, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const path = `/x${text}`
        expect(decodeURIComponent(canonicalPath(path))).toBe(path.toWellFormed())
        expect(canonicalPath(path)).not.toMatch(/[?#]/)
      }),
    )
  })
})
