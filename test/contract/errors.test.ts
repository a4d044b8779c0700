import { expect, it } from 'vitest'
import { contract } from './support/contract.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
const NOTHING_THERE = 'the server could not find the requested resource'
const WRONG_METHOD = 'the server does not allow this method on the requested resource'

contract('errors', ({ ask, asAdmin }) => {
  it.each([
    ['nodes/absent', 'node "absent" not found', { name: 'absent', kind: 'node' }],
    ['nodes/n%C3%B6de', 'node "nöde" not found', { name: 'nöde', kind: 'node' }],
    ['nodes/%00', 'node "\\x00" not found', { name: '\0', kind: 'node' }],
    ['nodes/%ff', 'node "\\xff" not found', { name: '\ufffd', kind: 'node' }],
    ['nodes/a+b%20c', 'node "a+b c" not found', { name: 'a+b c', kind: 'node' }],
    ['nodes/__proto__', 'node "__proto__" not found', { name: '__proto__', kind: 'node' }],
    ['namespaces/x/pods/absent', 'pods "absent" not found', { name: 'absent', kind: 'pods' }],
    [
      'nodes/node-3',
      'nodemetrics.metrics.k8s.io "node-3" not found',
      { name: 'node-3', group: 'metrics.k8s.io', kind: 'nodemetrics' },
    ],
    [
      'namespaces/shop/pods/web-1',
      'podmetrics.metrics.k8s.io "shop/web-1" not found',
      { name: 'shop/web-1', group: 'metrics.k8s.io', kind: 'podmetrics' },
    ],
    ['Nodes', NOTHING_THERE, {}],
    ['namespaces/shop/nodes', NOTHING_THERE, {}],
    ['namespaces/shop', NOTHING_THERE, {}],
    ['pods/web-0', NOTHING_THERE, {}],
    ['nodes/node-1/status', NOTHING_THERE, {}],
    ['watch/nodes', NOTHING_THERE, {}],
    ['namespaces/shop%2Fx/pods', NOTHING_THERE, {}],
  ])('does not find %s', async (path, message, details) => {
    const { status, json } = await asAdmin(`${ROOT}/${path}`)
    expect(status).toBe(404)
    const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
    expect(json).toEqual({ ...head, message, reason: 'NotFound', details, code: 404 })
  })

  it.each([
    ['pods?limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['pods?limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['pods?limit=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ['pods?timeoutSeconds=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['pods?labelSelector=a%3Db%20c', "found 'c', expected: ',' or 'end of string'"],
    ['pods?fieldSelector=x', "invalid selector: 'x'; can't understand 'x'"],
    [
      'nodes?fieldSelector=spec.x%3Dy',
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['nodes?timeout=soon', 'invalid timeout specified in the request URL - time: invalid duration "soon"'],
    ['nodes?timeout=5', 'invalid timeout specified in the request URL - time: missing unit in duration "5"'],
    ['nodes?timeout=5x', 'invalid timeout specified in the request URL - time: unknown unit "x" in duration "5x"'],
    ['nodes/node-1?export=true', 'the export parameter, deprecated since v1.14, is no longer supported'],
  ])('refuses %s', async (path, message) => {
    const { status, json } = await asAdmin(`${ROOT}/${path}`)
    expect(status).toBe(400)
    expect(json).toMatchObject({ reason: 'BadRequest', message, code: 400 })
  })

  it('refuses parameters that contradict each other, each with its cause', async () => {
    const { status, json } = await asAdmin(`${ROOT}/pods?resourceVersionMatch=Sometimes&sendInitialEvents=true`)
    expect(status).toBe(422)
    expect(json.reason).toBe('Invalid')
    expect(json.message).toBe(
      'ListOptions.meta.k8s.io "" is invalid: [' +
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, ' +
        'resourceVersionMatch: Unsupported value: "Sometimes": supported values: "Exact", "NotOlderThan", "", ' +
        'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]',
    )
    expect(json.details.causes).toHaveLength(3)
  })

  it('refuses to watch, so that informers fall back to lists', async () => {
    const { status, json } = await asAdmin(`${ROOT}/nodes?watch=true`)
    expect(status).toBe(405)
    expect(json.message).toBe('watch is not supported on resources of kind "nodes.metrics.k8s.io"')
    expect(json.details).toEqual({ group: 'metrics.k8s.io', kind: 'nodes' })
    const initial = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
    expect((await asAdmin(`${ROOT}/pods?${initial}`)).status).toBe(422)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])('refuses %s', async (method) => {
    const body = method === 'POST' || method === 'PUT' ? { body: '{"a":' } : {}
    const { status, text, headers } = await ask({ method, path: `${ROOT}/nodes`, as: 'admin', ...body })
    expect(status).toBe(405)
    expect(headers['content-type']).toBe('application/json')
    if (method === 'HEAD') expect(text).toBe('')
    else expect(JSON.parse(text)).toMatchObject({ message: WRONG_METHOD, reason: 'MethodNotAllowed', details: {} })
  })

  it('refuses what it cannot write, indented, since the client understands nothing better', async () => {
    const { status, text } = await asAdmin(`${ROOT}/nodes/node-1`, { accept: 'text/plain' })
    expect(status).toBe(406)
    expect(JSON.parse(text).message).toBe(
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    )
    expect(text).toContain('\n  "kind"')
  })

  it('answers errors in the requested format', async () => {
    const accept = 'application/vnd.kubernetes.protobuf'
    const { status, headers, body } = await asAdmin(`${ROOT}/nodes/absent`, { accept })
    expect(status).toBe(404)
    expect(headers['content-type']).toBe(accept)
    expect(body.includes('node "absent" not found')).toBe(true)
  })

  it('lists what there is under a path that is nothing', async () => {
    for (const path of ['/api/v1', '/metrics/', '/favicon.ico', '/readyz/zzz', '/apis/apps/v1', '//apis']) {
      const { status, text, json } = await asAdmin(path)
      expect(status).toBe(404)
      expect(json.paths).toContain('/apis/metrics.k8s.io/v1beta1')
      expect(text).toContain('\n  "paths": [')
    }
  })

  it('cannot make sense of a path that ends in watch', async () => {
    const { status, text } = await asAdmin(`${ROOT}/watch`)
    expect(status).toBe(500)
    expect(text).toBe(
      `Internal Server Error: "${ROOT}/watch": failed to create RequestInfo: unable to determine kind and namespace from url, ${ROOT}/watch\n`,
    )
  })

  it('refuses a body of a type that a path does not take', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { status } = await ask({ path: '/apis/metrics.k8s.io', as: 'admin', headers, body: 'x' })
    expect(status).toBe(415)
    expect((await asAdmin('/apis/metrics.k8s.io', headers)).status).toBe(406)
  })
})
