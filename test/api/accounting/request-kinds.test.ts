import { describe, expect, it } from 'vitest'
import { createRequestKinds } from '../../../src/api/accounting/request-kinds.ts'
import { parseRequestTarget } from '../../../src/api/request/request-target.ts'

const API = '/apis/metrics.k8s.io/v1beta1'

function targetOf(raw: string) {
  const target = parseRequestTarget(raw)
  if (target === undefined) throw new Error(`no target: ${raw}`)
  return target
}

describe("a request's kind", () => {
  it.each([
    ['GET', `${API}/namespaces/web/pods?labelSelector=app%3Da`, 'LIST pods namespace'],
    ['GET', `${API}/namespaces/web/pods/web-1`, 'GET pods resource'],
    ['GET', `${API}/pods?limit=500`, 'LIST pods cluster'],
    ['HEAD', `${API}/nodes`, 'LIST nodes cluster'],
    ['GET', `${API}/nodes/node-1/`, 'GET nodes resource'],
    ['GET', `${API}/pods?watch=1`, 'WATCH pods cluster'],
    ['GET', `${API}/pods?watch=false`, 'LIST pods cluster'],
    ['DELETE', `${API}/nodes/node-1`, 'DELETE nodes resource'],
    ['BREW', `${API}/nodes`, 'other nodes cluster'],
  ])('%s %s is a %s', (method, raw, expected) => {
    const kind = createRequestKinds()(method, targetOf(raw))
    expect(`${kind.verb} ${kind.resource} ${kind.scope}`).toBe(expected)
    expect(kind).toMatchObject({ group: 'metrics.k8s.io', version: 'v1beta1', subresource: '', component: 'apiserver' })
  })

  it.each([
    [API, API],
    ['/apis', '/apis'],
    ['/version', '/version'],
    ['/readyz/ping?verbose', '/readyz'],
    ['/openapi/v3/apis/metrics.k8s.io/v1beta1', '/openapi/v3'],
    ['/metrics', '/metrics'],
    ['/statusz', '/statusz'],
    ['/wp-admin.php', ''],
    [`${API}/secrets/x`, ''],
  ])('of %s has the path, as long as it is served', (raw, subresource) => {
    expect(createRequestKinds()('GET', targetOf(raw))).toEqual({
      ...{ verb: 'GET', dryRun: '', group: '', version: '', resource: '', subresource, scope: '', component: '' },
    })
  })

  it.each([
    ['All', 'All'],
    ['all', 'invalid'],
    ['', 'invalid'],
  ])('tells a dry run of "%s" as %s', (given, told) => {
    expect(createRequestKinds()('DELETE', targetOf(`${API}/nodes/a?dryRun=${given}`)).dryRun).toBe(told)
  })

  it('is the same object for the same kind, and there are only so many whatever is asked', () => {
    const kindOf = createRequestKinds()
    const kinds = new Set<unknown>()
    for (let i = 0; i < 2000; i++) {
      const path = [`${API}/nodes/n${i}`, `/x${i}`, `${API}/namespaces/n${i}/pods`, `/livez/c${i}`][i % 4]
      const method = ['GET', 'HEAD', 'POST', `M${i}`][(i >> 2) % 4] ?? ''
      kinds.add(kindOf(method, targetOf(`${path}?watch=${i}&dryRun=${i}&x${i}=${i}`)))
    }
    expect(kinds.size).toBeLessThan(20)
    expect(kindOf('GET', targetOf(`${API}/pods?limit=1`))).toBe(kindOf('GET', targetOf(`${API}/pods`)))
  })
})
