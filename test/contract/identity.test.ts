import { expect, it } from 'vitest'
import { contract } from './support/contract.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'

contract('who may ask', ({ ask, asAdmin }) => {
  it.each([
    [
      `${ROOT}/nodes`,
      'nodes.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope',
      { group: 'metrics.k8s.io', kind: 'nodes' },
    ],
    [
      `${ROOT}/namespaces/shop/pods/web-0/log?x=%3C`,
      'pods.metrics.k8s.io "web-0" is forbidden: User "system:anonymous" cannot get resource "pods/log" in API group "metrics.k8s.io" in the namespace "shop"',
      { name: 'web-0', group: 'metrics.k8s.io', kind: 'pods' },
    ],
    [
      '/apis/a/v1/%3Cb%3E&',
      '<b>&.a is forbidden: User "system:anonymous" cannot list resource "&lt;b&gt;&amp;" in API group "a" at the cluster scope',
      { group: 'a', kind: '<b>&' },
    ],
    ['/metrics', 'forbidden: User "system:anonymous" cannot get path "/metrics"', {}],
    ['/readyz/ping', 'forbidden: User "system:anonymous" cannot get path "/readyz/ping"', {}],
  ])('forbids %s to the anonymous', async (path, message, details) => {
    const { status, json, headers } = await ask({ path })
    expect(status).toBe(403)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(json).toMatchObject({ message, reason: 'Forbidden', details, code: 403 })
  })

  it('names the user whom it forbids something', async () => {
    const { json } = await ask({ path: `${ROOT}/pods?watch=1`, as: 'viewer' })
    expect(json.message).toContain('User "viewer" cannot watch resource "pods"')
  })

  it.each([`${ROOT}/nodes`, '/livez'])('asks a bad token to go, even from %s', async (path) => {
    const { status, json } = await ask({ path, as: 'stranger' })
    expect(status).toBe(401)
    expect(json).toMatchObject({ message: 'Unauthorized', reason: 'Unauthorized', code: 401 })
  })

  it('looks for what is there only after it knows that one may ask', async () => {
    expect((await ask({ path: `${ROOT}/gadgets` })).status).toBe(403)
    expect((await ask({ path: `${ROOT}/nodes`, method: 'POST' })).status).toBe(403)
  })

  it.each<[string, Record<string, string>, string]>([
    [
      'a user',
      { 'impersonate-user': 'admin' },
      'users "admin" is forbidden: User "viewer" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      'a service account',
      { 'impersonate-user': 'system:serviceaccount:a:b' },
      'serviceaccounts "b" is forbidden: User "viewer" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "a"',
    ],
  ])('does not let somebody be %s who may not', async (_, headers, message) => {
    for (const path of [`${ROOT}/nodes`, '/livez', '/nothing']) {
      const { status, json } = await ask({ path, as: 'viewer', headers })
      expect(status).toBe(403)
      expect(json).toMatchObject({ message, reason: 'Forbidden', code: 403 })
    }
  })

  it('lets who may be somebody else, and then no more than that one may', async () => {
    const answer = await asAdmin(`${ROOT}/nodes`, { 'impersonate-user': 'bob' })
    expect(answer.status).toBe(403)
    expect(answer.json.message).toContain('User "bob" cannot list resource "nodes"')
    const headers = { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }
    expect((await asAdmin(`${ROOT}/nodes`, headers)).status).toBe(200)
  })

  it('does not guess who is meant by a group alone', async () => {
    const { status, json } = await asAdmin(`${ROOT}/nodes`, { 'impersonate-group': 'dev' })
    expect(status).toBe(400)
    expect(json).toMatchObject({
      message: 'requested [{Group  dev    }] without impersonating a user',
      reason: 'BadRequest',
    })
  })

  it('gives every answer an Audit-Id: the one it came with, or a new one', async () => {
    const own = 'c0ffee00-1111-2222-3333-444444444444'
    expect((await asAdmin(`${ROOT}/nodes`, { 'audit-id': own })).headers['audit-id']).toBe(own)
    for (const path of [`${ROOT}/nodes`, `${ROOT}/nodes/absent`, '/healthz', '/nothing']) {
      const { headers } = await asAdmin(path, { 'audit-id': `${'x'.repeat(200)}` })
      expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers['cache-control']).toBe('no-cache, private')
    }
  })
})
