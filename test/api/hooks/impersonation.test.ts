import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { impersonatedUser } from '../../../src/api/hooks/authorization.ts'
import type { AccessQuestion, User } from '../../../src/model/identity.ts'

const ALICE: User = { name: 'alice', uid: 'u', groups: ['system:authenticated'], extra: new Map() }

/** Who it comes to, and what had to be allowed for that. */
async function as(headers: readonly (readonly [string, string])[]) {
  const asked: AccessQuestion[] = []
  const user = await impersonatedUser(ALICE, headers.flat(), async (question) => void asked.push(question))
  const said = asked.map((q) =>
    q.kind === 'resource' ? [q.group, q.version, q.resource, q.subresource, q.namespace, q.name].join('|') : '',
  )
  const verbs = new Set(asked.map(({ verb }) => verb))
  return { user, asked: said, verbs }
}

describe('a request', () => {
  it('without headers of impersonation stays its user’s', async () => {
    const { user, asked } = await as([
      ['Accept', '*/*'],
      ['Impersonate-User', ''],
      ['X-Impersonate-User', 'bob'],
    ])
    expect(user).toBe(ALICE)
    expect(asked).toEqual([])
  })

  it.each<[string, [string, string][], string[], Partial<User>]>([
    ['a user', [['Impersonate-User', 'bob']], ['||users|||bob'], { name: 'bob', groups: ['system:authenticated'] }],
    ['a user, in small letters', [['impersonate-user', 'bob']], ['||users|||bob'], { name: 'bob' }],
    [
      'the first of two users',
      [
        ['Impersonate-User', 'bob'],
        ['Impersonate-User', 'eve'],
      ],
      ['||users|||bob'],
      { name: 'bob' },
    ],
    [
      'a user in groups',
      [
        ['Impersonate-User', 'bob'],
        ['Impersonate-Group', 'dev'],
        ['Impersonate-Group', 'ops, all'],
      ],
      ['||users|||bob', '||groups|||dev', '||groups|||ops, all'],
      { name: 'bob', groups: ['dev', 'ops, all', 'system:authenticated'] },
    ],
    [
      'a service account',
      [['Impersonate-User', 'system:serviceaccount:kube-system:metrics.server']],
      ['||serviceaccounts||kube-system|metrics.server'],
      {
        name: 'system:serviceaccount:kube-system:metrics.server',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
    ],
    [
      'a service account in groups of the request’s',
      [
        ['Impersonate-User', 'system:serviceaccount:a:b'],
        ['Impersonate-Group', 'dev'],
      ],
      ['||serviceaccounts||a|b', '||groups|||dev'],
      { groups: ['dev', 'system:authenticated'] },
    ],
    [
      'what only looks like a service account',
      [['Impersonate-User', 'system:serviceaccount:Kube:x']],
      ['||users|||system:serviceaccount:Kube:x'],
      { name: 'system:serviceaccount:Kube:x', groups: ['system:authenticated'] },
    ],
    [
      'a uid and extra values',
      [
        ['Impersonate-Extra-Example.com%2fScopes', 'view'],
        ['Impersonate-User', 'bob'],
        ['Impersonate-Uid', '42'],
        ['Impersonate-Extra-example.com%2Fscopes', 'edit'],
        ['Impersonate-Extra-bad%zz', 'x'],
      ],
      [
        '||users|||bob',
        'authentication.k8s.io|v1|userextras|example.com/scopes||view',
        'authentication.k8s.io|v1|userextras|example.com/scopes||edit',
        'authentication.k8s.io|v1|userextras|bad%zz||x',
        'authentication.k8s.io|v1|uids|||42',
      ],
      {
        name: 'bob',
        uid: '42',
        extra: new Map([
          ['example.com/scopes', ['view', 'edit']],
          ['bad%zz', ['x']],
        ]),
      },
    ],
    [
      'nobody',
      [['Impersonate-User', 'system:anonymous']],
      ['||users|||system:anonymous'],
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'somebody who is said to be unknown',
      [
        ['Impersonate-User', 'bob'],
        ['Impersonate-Group', 'system:unauthenticated'],
      ],
      ['||users|||bob', '||groups|||system:unauthenticated'],
      { groups: ['system:unauthenticated'] },
    ],
    [
      'an administrator, by the group',
      [
        ['Impersonate-User', 'bob'],
        ['Impersonate-Group', 'system:masters'],
      ],
      ['||users|||bob', '||groups|||system:masters'],
      { groups: ['system:masters', 'system:authenticated'] },
    ],
  ])('may be served as %s, when all of that is allowed', async (_, headers, reviews, expected) => {
    const { user, asked, verbs } = await as(headers)
    expect(asked).toEqual(reviews)
    expect(verbs).toEqual(new Set(['impersonate']))
    expect(user).toMatchObject(expected)
  })

  it.each<[string, [string, string][], string]>([
    ['a group', [['Impersonate-Group', 'dev']], 'requested [{Group  dev    }] without impersonating a user'],
    [
      'a uid and an extra value',
      [
        ['Impersonate-Uid', '42'],
        ['Impersonate-Extra-a', 'b'],
      ],
      'requested [{UserExtra  b  authentication.k8s.io/v1  a} {UID  42  authentication.k8s.io/v1  }] without impersonating a user',
    ],
  ])('that names %s and no user is refused, in Go’s words', async (_, headers, message) => {
    await expect(as(headers)).rejects.toMatchObject({ status: { code: 400, reason: 'BadRequest', message } })
  })

  it('that names more than anybody is, is refused without a review', async () => {
    const groups = Array.from({ length: 500 }, (_, i) => ['Impersonate-Group', `g${i}`] as const)
    await expect(as([['Impersonate-User', 'bob'], ...groups])).rejects.toMatchObject({ status: { code: 400 } })
    expect((await as([['Impersonate-User', 'bob'], ...groups.slice(1)])).asked).toHaveLength(500)
  })

  it('is reviewed no further once one thing is refused', async () => {
    const asked: string[] = []
    const headers = ['Impersonate-User', 'bob', 'Impersonate-Group', 'system:masters', 'Impersonate-Group', 'dev']
    const refused = impersonatedUser(ALICE, headers, async (question) => {
      asked.push(question.kind === 'resource' ? question.name : '')
      if (asked.length === 2) throw new Error('no')
    })
    await expect(refused).rejects.toThrow('no')
    expect(asked).toEqual(['bob', 'system:masters'])
  })

  it('is never served as somebody else without that having been asked, whatever the headers', async () => {
    const name = fc.constantFrom(
      'Impersonate-User',
      'Impersonate-Group',
      'Impersonate-Uid',
      'Impersonate-Extra-a',
      'Accept',
    )
    const value = fc.constantFrom('', 'bob', 'system:masters', 'system:serviceaccount:a:b', 'system:anonymous')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 6 }), async (headers) => {
        const asked = new Set<string>()
        const outcome = await impersonatedUser(ALICE, headers.flat(), async (question) => {
          if (question.kind === 'resource') asked.add(`${question.resource} ${question.name}`)
        }).catch(() => undefined)
        if (outcome === undefined || outcome === ALICE) return
        for (const group of outcome.groups) {
          const isImplied = group.startsWith('system:serviceaccounts') || /^system:(un)?authenticated$/.test(group)
          if (!isImplied) expect(asked).toContain(`groups ${group}`)
        }
        expect(
          [`users ${outcome.name}`, `serviceaccounts ${outcome.name.split(':').at(-1)}`].some((q) => asked.has(q)),
        ).toBe(true)
      }),
    )
  })
})
