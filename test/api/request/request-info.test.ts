import { describe, expect, it } from 'vitest'
import { requestInfo, RequestInfoError } from '../../../src/api/request/request-info.ts'
import { parseQuery, splitPath } from '../../../src/api/request/request-target.ts'
import { requiredName } from '../../../src/api/request/list-options.ts'

const infoOf = (method: string, path: string, query = '') =>
  requestInfo(method, path, path, parseQuery(query), requiredName)

const resource = {
  kind: 'resource',
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  subresource: '',
  namespace: '',
  name: '',
}
const ROOT = '/apis/metrics.k8s.io/v1beta1'

// The cases of apiserver's own requestinfo_test.go, and what they leave out.
describe('what a request asks for', () => {
  it.each([
    ['GET', 'nodes', { verb: 'list', resource: 'nodes' }],
    ['HEAD', 'nodes', { verb: 'list', resource: 'nodes' }],
    ['GET', 'nodes/', { verb: 'list', resource: 'nodes' }],
    ['GET', 'nodes/n', { verb: 'get', resource: 'nodes', name: 'n' }],
    ['HEAD', 'nodes/n', { verb: 'get', resource: 'nodes', name: 'n' }],
    ['GET', 'nodes/n/status', { verb: 'get', resource: 'nodes', name: 'n', subresource: 'status' }],
    ['GET', 'nodes/n/proxy/a/b', { verb: 'get', resource: 'nodes', name: 'n', subresource: 'proxy' }],
    ['GET', 'pods', { verb: 'list', resource: 'pods' }],
    ['GET', 'namespaces', { verb: 'list', resource: 'namespaces' }],
    ['GET', 'namespaces/x', { verb: 'get', resource: 'namespaces', namespace: 'x', name: 'x' }],
    [
      'GET',
      'namespaces/x/status',
      { verb: 'get', resource: 'namespaces', namespace: 'x', name: 'x', subresource: 'status' },
    ],
    ['GET', 'namespaces/x/pods', { verb: 'list', resource: 'pods', namespace: 'x' }],
    ['GET', 'namespaces//pods', { verb: 'list', resource: 'pods' }],
    ['GET', 'namespaces/x/pods/p', { verb: 'get', resource: 'pods', namespace: 'x', name: 'p' }],
    ['POST', 'namespaces/x/pods', { verb: 'create', resource: 'pods', namespace: 'x' }],
    ['PUT', 'nodes/n', { verb: 'update', resource: 'nodes', name: 'n' }],
    ['PATCH', 'nodes/n', { verb: 'patch', resource: 'nodes', name: 'n' }],
    ['DELETE', 'nodes/n', { verb: 'delete', resource: 'nodes', name: 'n' }],
    ['DELETE', 'nodes', { verb: 'deletecollection', resource: 'nodes' }],
    ['OPTIONS', 'nodes', { verb: '', resource: 'nodes' }],
    ['GET', 'watch/nodes', { verb: 'watch', resource: 'nodes' }],
    ['GET', 'watch/namespaces/x/pods', { verb: 'watch', resource: 'pods', namespace: 'x' }],
    ['POST', 'proxy/nodes/n/a/b', { verb: 'proxy', resource: 'nodes', name: 'n' }],
  ])('%s %s', (method, path, expected) => {
    expect(infoOf(method, `${ROOT}/${path}`)).toEqual({ ...resource, ...expected })
  })

  it.each([
    ['nodes', { verb: 'list', resource: 'nodes' }],
    ['namespaces/x/pods/p', { verb: 'get', resource: 'pods', namespace: 'x', name: 'p' }],
    ['watch/nodes', { verb: 'watch', resource: 'nodes' }],
  ])('GET /api/v1/%s is of no group', (path, expected) => {
    expect(infoOf('GET', `/api/v1/${path}`)).toEqual({ ...resource, group: '', version: 'v1', ...expected })
  })

  it.each([
    ['watch', 'watch'],
    ['watch=', 'watch'],
    ['watch=1', 'watch'],
    ['watch=True', 'watch'],
    ['watch=no', 'watch'],
    ['watch=0', 'list'],
    ['watch=FALSE', 'list'],
    ['watch=false&watch=true', 'list'],
    ['', 'list'],
  ])('nodes?%s is a %s', (query, verb) => {
    expect(infoOf('GET', `${ROOT}/nodes`, query)).toMatchObject({ verb })
  })

  it.each([
    ['fieldSelector=metadata.name%3Dn', 'n'],
    ['fieldSelector=metadata.name%3D%3Dn,metadata.namespace%3Dx', 'n'],
    ['fieldSelector=metadata.name!%3Dn', ''],
    ['fieldSelector=metadata.name%3D..', ''],
    ['fieldSelector=metadata.name%3Da/b', ''],
    ['fieldSelector=nonsense', ''],
    ['labelSelector=a%3Db', ''],
  ])('a list with %s names %j', (query, name) => {
    expect(infoOf('GET', `${ROOT}/nodes`, query)).toMatchObject({ verb: 'list', name })
  })

  it.each([
    ['GET', '/', 'get'],
    ['GET', '/apis', 'get'],
    ['GET', ROOT, 'get'],
    ['GET', `${ROOT}/`, 'get'],
    ['GET', '/apis/metrics.k8s.io', 'get'],
    ['POST', '/metrics', 'post'],
    ['GET', '/api', 'get'],
    ['GET', '/api/v1', 'get'],
    ['GET', '/apiv1/nodes/n/m', 'get'],
    ['PROPFIND', '/healthz', 'propfind'],
  ])('%s %s is a path', (method, path, verb) => {
    expect(infoOf(method, path)).toEqual({ kind: 'path', verb, path })
  })

  it.each(['watch', 'proxy', 'watch/'])('%s without a resource is nothing', (path) => {
    expect(() => infoOf('GET', `${ROOT}/${path}`)).toThrow(RequestInfoError)
  })

  it.each([
    ['', []],
    ['/', []],
    ['///', []],
    ['/a/b/', ['a', 'b']],
    ['//a//b//', ['a', '', 'b']],
  ])('%j has the segments %j', (path, segments) => {
    expect(splitPath(path)).toEqual(segments)
  })
})
