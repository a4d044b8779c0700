import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccessReviewer, createTokenReviewer } from '../../src/cluster/reviews.ts'
import type { AccessQuestion, User } from '../../src/model/identity.ts'
import { fail, respond } from '../support/fake-answers.ts'
import { type ClusterFixture, startClusterFixture } from './cluster-fixture.ts'

let cluster: ClusterFixture
beforeEach(async () => {
  cluster = await startClusterFixture()
})
afterEach(() => cluster.close())

const answerWith = (path: string, status: unknown) =>
  cluster.apiserver.handle(path, (request, response) => respond(response, 201, { ...JSON.parse(request.body), status }))
const { signal } = new AbortController()
const sent = (): unknown => JSON.parse(cluster.apiserver.requests.at(-1)?.body ?? '')

describe('a token review', () => {
  const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'
  const review = (token = 'the-token') => createTokenReviewer(cluster)(token, signal)

  it('tells who it is, with everything that is known', async () => {
    const user = { username: 'jane', uid: 'u1', groups: ['g'], extra: { 'a.io/b': ['c'], ['__proto__']: ['d'] } }
    answerWith(PATH, { authenticated: true, user })
    expect(await review()).toEqual({
      name: 'jane',
      uid: 'u1',
      groups: ['g'],
      extra: new Map([
        ['a.io/b', ['c']],
        ['__proto__', ['d']],
      ]),
    })
    expect(sent()).toEqual({
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { token: 'the-token' },
    })
  })

  it.each([
    ['a token that is refused', { authenticated: false, error: 'invalid bearer token' }],
    ['a user with a refusal', { authenticated: false, user: { username: 'jane' } }],
    ['no status', undefined],
    ['a word for true', { authenticated: 'true', user: { username: 'jane' } }],
    ['a user without a name', { authenticated: true, user: { username: '', groups: ['system:masters'] } }],
  ])('%s is nobody', async (_name, status) => {
    answerWith(PATH, status)
    expect(await review()).toBeUndefined()
  })

  it('rejects when there is no answer, without the token in the error', async () => {
    cluster.apiserver.handle(PATH, fail(500, 'InternalError', 'etcd'))
    await expect(review()).rejects.toThrow(/answered 500: etcd/)
    cluster.apiserver.handle(PATH, (request, response) => response.end(`<${request.body}`))
    const error: unknown = await review().catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(/is not JSON/)
    expect(`${error} ${(error as Error).cause}`).not.toContain('the-token')
  })
})

describe('an access review', () => {
  const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const jane: User = { name: 'jane', uid: 'u1', groups: ['g1', 'g2'], extra: new Map([['scopes', ['a', 'b']]]) }
  const question: AccessQuestion = {
    kind: 'resource',
    verb: 'list',
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource: 'pods',
    subresource: '',
    namespace: 'shop',
    name: '',
  }
  const review = (asked: AccessQuestion = question, user = jane) => createAccessReviewer(cluster)(user, asked, signal)

  it('sends who asks for which resource', async () => {
    answerWith(PATH, { allowed: true, reason: 'RBAC: yes' })
    expect(await review()).toEqual({ allowed: true, reason: 'RBAC: yes' })
    const { kind: _kind, ...resourceAttributes } = question
    expect(sent()).toEqual({
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'jane', uid: 'u1', groups: ['g1', 'g2'], extra: { scopes: ['a', 'b'] }, resourceAttributes },
    })
  })

  it('sends who asks for which path', async () => {
    answerWith(PATH, { allowed: true })
    const nobody: User = { name: 'x', uid: undefined, groups: [], extra: new Map() }
    await review({ kind: 'path', verb: 'get', path: '/metrics' }, nobody)
    expect(sent()).toMatchObject({
      spec: { user: 'x', groups: [], nonResourceAttributes: { verb: 'get', path: '/metrics' } },
    })
  })

  it.each([
    [
      { allowed: false, reason: 'no rule' },
      { allowed: false, reason: 'no rule' },
    ],
    [
      { allowed: true, denied: true },
      { allowed: false, denied: true, reason: '' },
    ],
    [{ allowed: 'true' }, { allowed: false, reason: '' }],
    [{}, { allowed: false, reason: '' }],
  ])('%j is %j', async (status, decision) => {
    answerWith(PATH, status)
    expect(await review()).toEqual(decision)
  })

  it('rejects when there is no decision to be had', async () => {
    answerWith(PATH, undefined)
    await expect(review()).rejects.toThrow(/has no status/)
    await cluster.apiserver.stop()
    await expect(review()).rejects.toThrow(/no answer from the apiserver/)
  })
})
