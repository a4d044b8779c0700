import { describe, expect, it } from 'vitest'
import { AllowedPathError, createAlwaysAllowedPaths, createAuthorizer } from '../../src/auth/authorizer.ts'
import { type AccessDecision, type AccessQuestion, TooManyReviewsError, type User } from '../../src/model/identity.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'

const ANN: User = { name: 'ann', uid: undefined, groups: ['dev'], extra: new Map() }
const LIST: AccessQuestion = {
  kind: 'resource',
  verb: 'list',
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  resource: 'pods',
  subresource: '',
  namespace: 'a',
  name: '',
}
const pathQuestion = (path: string): AccessQuestion => ({ kind: 'path', verb: 'get', path })
const YES: AccessDecision = { allowed: true, reason: 'because' }
const NO: AccessDecision = { allowed: false, reason: 'no' }

function setUp(answer: () => Promise<AccessDecision> = async () => YES) {
  const clock = createManualClock()
  const faults = createRecordingFaults()
  const asked: [User, AccessQuestion][] = []
  const authorize = createAuthorizer({
    review(user, question) {
      asked.push([user, question])
      return answer()
    },
    alwaysAllowPaths: ['/healthz', '/readyz', '/livez'],
    authorizedTtlMs: 10_000,
    unauthorizedTtlMs: 5_000,
    clock,
    faults,
  })
  return { authorize, asked, clock, faults }
}

describe('always-allowed paths', () => {
  it.each<[string[], string, boolean]>([
    [['/healthz'], '/healthz', true],
    [['healthz'], '/healthz', true],
    [['/healthz'], '/healthz/', false],
    [['/healthz'], '/healthz/ping', false],
    [['/healthz/*'], '/healthz/ping', true],
    [['/healthz/*'], '/healthz', false],
    [['/healthz*'], '/healthzz', true],
    [['*'], '/anything', true],
    [['/'], '/', true],
    [['/'], '/x', false],
    [['/a'], '//a', false],
    [[], '/healthz', false],
  ])('%j: %s is %s', (paths, path, expected) => {
    expect(createAlwaysAllowedPaths(paths)(path)).toBe(expected)
  })

  it.each(['/a*b', '**', '/*/x'])('%s is refused', (path) => {
    expect(() => createAlwaysAllowedPaths([path])).toThrow(AllowedPathError)
  })
})

describe('the authorizer', () => {
  it('lets probes pass for anybody without asking', async () => {
    const { authorize, asked } = setUp(async () => NO)
    expect(await authorize(ANN, pathQuestion('/livez'))).toEqual({ allowed: true, reason: '' })
    expect(asked).toHaveLength(0)
    expect((await authorize(ANN, pathQuestion('/metrics'))).allowed).toBe(false)
  })

  it('lets system:masters do everything without asking, and nobody with a name like it', async () => {
    const { authorize, asked } = setUp(async () => NO)
    expect((await authorize({ ...ANN, groups: ['a', 'system:masters'] }, LIST)).allowed).toBe(true)
    expect(asked).toHaveLength(0)
    expect((await authorize({ ...ANN, groups: ['system:masters,a'] }, LIST)).allowed).toBe(false)
  })

  it('does not let an always-allowed path stand for a resource', async () => {
    const { authorize, asked } = setUp(async () => NO)
    expect(await authorize(ANN, { ...LIST, resource: 'healthz' })).toBe(NO)
    expect(asked).toHaveLength(1)
  })

  it.each<[string, AccessDecision, number]>([
    ['a yes', YES, 10_000],
    ['a no', NO, 5_000],
  ])('keeps %s for its time', async (_, answer, ttlMs) => {
    const { authorize, asked, clock } = setUp(async () => answer)
    expect(await authorize(ANN, LIST)).toBe(answer)
    await clock.advance(ttlMs)
    await authorize({ ...ANN }, { ...LIST })
    expect(asked).toHaveLength(1)
    await clock.advance(1)
    await authorize(ANN, LIST)
    expect(asked).toHaveLength(2)
  })

  it('does not keep an answer longer because the wall clock jumps back', async () => {
    const { authorize, asked, clock } = setUp()
    await authorize(ANN, LIST)
    clock.jumpWall(-3_600_000)
    await clock.advance(10_001)
    await authorize(ANN, LIST)
    expect(asked).toHaveLength(2)
  })

  it('sends one review for a hundred equal questions at once', async () => {
    const { authorize, asked } = setUp()
    await Promise.all(Array.from({ length: 100 }, () => authorize(ANN, LIST)))
    expect(asked).toHaveLength(1)
  })

  const near: [string, User, AccessQuestion][] = [
    ['as it is', ANN, LIST],
    ['another name', { ...ANN, name: 'bob' }, LIST],
    ['a uid', { ...ANN, uid: 'u' }, LIST],
    ['a uid called null', { ...ANN, uid: 'null' }, LIST],
    ['two groups', { ...ANN, groups: ['d', 'ev'] }, LIST],
    ['one group with a comma', { ...ANN, groups: ['d,ev'] }, LIST],
    ['one group with quotes', { ...ANN, groups: ['d","ev'] }, LIST],
    ['no group', { ...ANN, groups: [] }, LIST],
    ['extra', { ...ANN, extra: new Map([['k', ['a', 'b']]]) }, LIST],
    ['extra in one', { ...ANN, extra: new Map([['k', ['a,b']]]) }, LIST],
    [
      'extra of two keys',
      {
        ...ANN,
        extra: new Map([
          ['k', ['a']],
          ['b', []],
        ]),
      },
      LIST,
    ],
    ['extra called __proto__', { ...ANN, extra: new Map([['__proto__', ['a']]]) }, LIST],
    ['another verb', ANN, { ...LIST, verb: 'get' }],
    ['another namespace', ANN, { ...LIST, namespace: 'b' }],
    ['the namespace as name', ANN, { ...LIST, namespace: '', name: 'a' }],
    ['a separator in the namespace', ANN, { ...LIST, namespace: 'a","' }],
    ['a subresource', ANN, { ...LIST, subresource: 'status' }],
    ['another group', ANN, { ...LIST, group: '' }],
    ['a path', ANN, { kind: 'path', verb: 'list', path: 'metrics.k8s.io' }],
    ['a path like a resource', ANN, { kind: 'path', verb: 'get', path: '/metrics' }],
  ]
  it('takes no question for another', async () => {
    const { authorize, asked } = setUp()
    for (const [, user, question] of near) await authorize(user, question)
    for (const [, user, question] of near) await authorize(user, question)
    expect(asked).toHaveLength(near.length)
  })

  it('passes a failed review on to all who wait, and does not keep it', async () => {
    let failing = true
    const { authorize, asked } = setUp(async () => {
      if (failing) throw new Error('no apiserver')
      return YES
    })
    const results = await Promise.allSettled([authorize(ANN, LIST), authorize(ANN, LIST)])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    expect(asked).toHaveLength(1)
    failing = false
    expect(await authorize(ANN, LIST)).toBe(YES)
  })

  it('reports a failed review once, and its end when a review works: not for what needs none', async () => {
    let failing = true
    const { authorize, faults, clock } = setUp(async () => {
      if (failing) throw new Error('no apiserver')
      return YES
    })
    for (let i = 0; i < 5; i++) {
      await authorize(ANN, { ...LIST, namespace: `n${i}` }).catch(() => undefined)
      await authorize(ANN, pathQuestion('/livez'))
      await authorize({ ...ANN, groups: ['system:masters'] }, LIST)
      expect(faults.open.get('access review')).toBe(
        'Cannot authorize requests: the apiserver does not answer SubjectAccessReviews: no apiserver',
      )
    }
    failing = false
    await authorize(ANN, LIST)
    expect(faults.open.size).toBe(0)
    failing = true
    await authorize(ANN, { ...LIST, namespace: 'new' }).catch(() => undefined)
    await authorize(ANN, LIST)
    expect(faults.open.size).toBe(1)
    await clock.advance(10_001)
  })

  it('refuses at once what could not be reviewed in time, and serves users other than the one that sends so much', async () => {
    const { authorize, asked, faults } = setUp(() => new Promise(() => {}))
    const flood = Array.from({ length: 1000 }, (_, i) => authorize(ANN, { ...LIST, namespace: `n${i}` }))
    const refused = await Promise.allSettled(flood.slice(608))
    expect(refused.every((one) => one.status === 'rejected' && one.reason instanceof TooManyReviewsError)).toBe(true)
    expect(asked).toHaveLength(8)
    expect(faults.open.get('access reviews that wait')).toMatch(/429: more came/)
    const other = authorize({ ...ANN, name: 'bob' }, LIST)
    await expect(Promise.race([other, flood[607]])).rejects.toThrow(TooManyReviewsError)
    await expect(Promise.race([other, Promise.resolve('waits')])).resolves.toBe('waits')
  })

  it('gives up on a review that never ends', async () => {
    const { authorize, clock } = setUp(() => new Promise(() => {}))
    const pending = expect(authorize(ANN, LIST)).rejects.toThrow('no answer to a review within 30000 ms')
    await clock.advance(30_000)
    await pending
  })

  it('does not keep the answer to an overlong question', async () => {
    const { authorize, asked } = setUp()
    const question = { ...LIST, name: 'x'.repeat(10_000) }
    await authorize(ANN, question)
    await authorize(ANN, question)
    expect(asked).toHaveLength(2)
  })

  it('keeps no more than so many answers', async () => {
    const { authorize, asked } = setUp()
    for (let i = 0; i < 10_000; i++) await authorize(ANN, { ...LIST, namespace: `n${i}` })
    await authorize(ANN, { ...LIST, namespace: 'n9999' })
    expect(asked).toHaveLength(10_000)
    await authorize(ANN, { ...LIST, namespace: 'n0' })
    expect(asked).toHaveLength(10_001)
  })
})
