import { describe, expect, it } from 'vitest'
import { type Route, routeOf } from '../../../src/api/routing/route.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
const brief = (route: Route): string => {
  if (route.kind === 'api') return route.serves
  if (route.kind === 'probe') return `${route.endpoint} ${route.check}`.trim()
  return route.kind === 'openapi-v3-group' ? `v3 ${route.group}` : route.kind
}

describe('the path', () => {
  it.each([
    ['/', 'index'],
    ['/index.html', 'index'],
    ['', 'unknown'],
    ['/apis', 'groups'],
    ['/apis/', 'groups'],
    ['/apis//', 'unknown'],
    ['/apis/apps', 'unknown'],
    ['/apis/metrics.k8s.iox', 'unknown'],
    ['//apis/metrics.k8s.io', 'unknown'],
    ['/apis/metrics.k8s.io', 'group'],
    ['/apis/metrics.k8s.io//', 'group'],
    ['/apis/metrics.k8s.io/v1', 'absent'],
    ['/apis/metrics.k8s.io//v1beta1', 'absent'],
    [ROOT, 'resources'],
    [`${ROOT}/`, 'resources'],
    [`${ROOT}/nodes`, 'node-list'],
    [`${ROOT}/nodes///`, 'node-list'],
    [`${ROOT}/nodes/n`, 'node'],
    [`${ROOT}/nodes/n/`, 'node'],
    [`${ROOT}/nodes/n/status`, 'absent'],
    [`${ROOT}/nodes//n`, 'absent'],
    [`${ROOT}/pods`, 'pod-list'],
    [`${ROOT}/pods/p`, 'absent'],
    [`${ROOT}/namespaces`, 'absent'],
    [`${ROOT}/namespaces/x`, 'absent'],
    [`${ROOT}/namespaces/x/nodes`, 'absent'],
    [`${ROOT}/namespaces/x/pods`, 'pod-list'],
    [`${ROOT}/namespaces//pods`, 'pod-list'],
    [`${ROOT}/namespaces/x/pods/p`, 'pod'],
    [`${ROOT}/namespaces/x/pods/p/log`, 'absent'],
    ['/version', 'version'],
    ['/version/', 'version'],
    ['/version/x', 'absent'],
    ['/versions', 'unknown'],
    ['/metrics', 'metrics'],
    ['/metrics/', 'unknown'],
    ['/statusz', 'page'],
    ['/statusz/', 'unknown'],
    ['/flagz', 'page'],
    ['/openapi/v2', 'openapi-v2'],
    ['/openapi/v2/', 'unknown'],
    ['/openapi/v3', 'openapi-v3'],
    ['/openapi/v3/', 'v3 '],
    ['/openapi/v3/apis/metrics.k8s.io', 'v3 apis/metrics.k8s.io'],
    ['/healthz', 'healthz'],
    ['/readyz/metric-storage-ready', 'readyz metric-storage-ready'],
    ['/readyz/', 'unknown'],
    ['/livez/a\nb', 'livez a\nb'],
  ])('%j leads to %s', (path, expected) => {
    expect(brief(routeOf(path))).toBe(expected)
  })
})
