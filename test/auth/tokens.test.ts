import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createClientCertificateVerifier } from '../../src/auth/client-certificates.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { bearerTokenOf, MAX_TOKEN_LENGTH } from '../../src/auth/token-authenticator.ts'
import type { User } from '../../src/model/identity.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'

const ROBOT: User = { name: 'robot', uid: 'r', groups: ['bots'], extra: new Map() }

function setUp(review: ((token: string) => Promise<User | undefined>) | undefined, tokenTtlMs = 10_000) {
  const clock = createManualClock()
  const faults = createRecordingFaults()
  const log = createRecordingLog()
  const attempts: string[] = []
  const reviewed: string[] = []
  const trust = { current: () => ({ clientCaPem: undefined, requestHeader: undefined }), generation: () => 1 }
  const authenticate = createAuthenticator({
    trust,
    verifyCertificate: createClientCertificateVerifier(trust),
    reviewToken:
      review &&
      ((token) => {
        reviewed.push(token)
        return review(token)
      }),
    tokenTtlMs,
    clock,
    faults,
    log,
    observer: { attempt: (method, name) => attempts.push(`${method} ${name ?? '-'}`) },
  })
  const ask = (token: string) =>
    authenticate({ rawHeaders: ['Authorization', `Bearer ${token}`], connection: undefined })
  return { clock, faults, log, attempts, reviewed, authenticate, ask }
}

describe('the Authorization header', () => {
  it.each<[string, string[], string | undefined]>([
    ['a token', ['Authorization', 'Bearer abc'], 'abc'],
    ['any case', ['authorization', 'bEARER abc'], 'abc'],
    ['space around it', ['Authorization', ' \tBearer abc \t'], 'abc'],
    ['more after the token', ['Authorization', 'Bearer abc def ghi'], 'abc'],
    ['two headers: the first counts', ['Authorization', 'Bearer a', 'Authorization', 'Bearer b'], 'a'],
    ['no token', ['Authorization', 'Bearer'], undefined],
    ['no token after the space', ['Authorization', 'Bearer '], undefined],
    ['two spaces', ['Authorization', 'Bearer  abc'], undefined],
    ['a tab in between', ['Authorization', 'Bearer\tabc'], undefined],
    ['another scheme', ['Authorization', 'Basic YTpi'], undefined],
    ['nothing', ['Authorization', ''], undefined],
    ['no header', ['X-Authorization', 'Bearer abc'], undefined],
  ])('%s', (_, rawHeaders, token) => {
    expect(bearerTokenOf(rawHeaders)).toBe(token)
  })
})

describe('a header made to be slow to read', () => {
  it('is read in time that grows with its length only', () => {
    const headerOf = (length: number) => ['Authorization', `Bearer a${' '.repeat(length)}b`]
    expect(bearerTokenOf(headerOf(200_000))).toBe('a')
    expect(cpuMilliseconds(() => bearerTokenOf(headerOf(200_000)))).toBeLessThan(100)
  })
})

describe('tokens', () => {
  it('of a user are theirs, and they are authenticated', async () => {
    const { ask, attempts } = setUp(async () => ROBOT)
    expect(await ask('t')).toEqual({ ...ROBOT, groups: ['bots', 'system:authenticated'] })
    expect(attempts).toEqual([`token ${ROBOT.name}`])
  })

  it('of nobody are counted as a failure of tokens', async () => {
    const { ask, attempts } = setUp(async () => undefined)
    await ask('t')
    expect(attempts).toEqual(['token -'])
  })

  it('are ignored when nobody can review them', async () => {
    const { ask } = setUp(undefined)
    expect((await ask('t'))?.name).toBe('system:anonymous')
  })

  it('of nobody are refused, and of a user without a name', async () => {
    expect(await setUp(async () => undefined).ask('t')).toBeUndefined()
    expect(await setUp(async () => ({ ...ROBOT, name: '' })).ask('t')).toBeUndefined()
  })

  it('are reviewed once within the time, good and bad, and again after it', async () => {
    const { ask, reviewed, clock } = setUp(async (token) => (token === 'good' ? ROBOT : undefined))
    for (const token of ['good', 'bad', 'good', 'bad']) await ask(token)
    await clock.advance(10_000)
    for (const token of ['good', 'bad']) await ask(token)
    expect(reviewed).toEqual(['good', 'bad'])
    await clock.advance(1)
    for (const token of ['good', 'bad']) await ask(token)
    expect(reviewed).toEqual(['good', 'bad', 'good', 'bad'])
  })

  it('are reviewed each time when the time is 0', async () => {
    const { ask, reviewed } = setUp(async () => ROBOT, 0)
    for (let i = 0; i < 3; i++) await ask('t')
    expect(reviewed).toHaveLength(3)
  })

  it('that come a hundred times at once are reviewed once', async () => {
    const { ask, reviewed } = setUp(async () => ROBOT)
    const users = await Promise.all(Array.from({ length: 100 }, () => ask('t')))
    expect(reviewed).toHaveLength(1)
    expect(users.every((user) => user?.name === 'robot')).toBe(true)
  })

  it('are refused and reviewed again when the review fails, with a fault that does not show them', async () => {
    let failing = true
    const { ask, faults, reviewed, log } = setUp(async (token) => {
      if (failing) throw new Error(`cannot post ${token}`)
      return ROBOT
    })
    expect(await ask('secret')).toBeUndefined()
    expect([...faults.open.keys()]).toEqual(['token review'])
    expect(JSON.stringify([faults.reported, log.lines])).not.toContain('secret')
    failing = false
    expect((await ask('secret'))?.name).toBe('robot')
    expect(reviewed).toHaveLength(2)
    expect(faults.open.size).toBe(0)
  })

  it('are refused when the review throws at once', async () => {
    const { ask } = setUp(() => {
      throw new Error('broken')
    })
    expect(await ask('t')).toBeUndefined()
  })

  it('whose review never ends are refused in the end, and can be reviewed again', async () => {
    const { ask, clock, reviewed, faults } = setUp(() => new Promise(() => {}))
    const pending = ask('slow')
    await clock.advance(30_000)
    expect(await pending).toBeUndefined()
    expect(faults.reported[0]?.fields).toEqual({ err: 'no answer to a review within 30000 ms' })
    void ask('slow')
    await clock.advance(0)
    expect(reviewed).toHaveLength(2)
  })

  it('that are too long are refused without a review', async () => {
    const { ask, reviewed } = setUp(async () => ROBOT)
    expect(await ask('x'.repeat(MAX_TOKEN_LENGTH + 1))).toBeUndefined()
    expect(reviewed).toHaveLength(0)
  })

  it('of users with very many groups are not all kept', async () => {
    const groups = Array.from({ length: 5000 }, (_, i) => `a-group-with-a-long-name-${i}`)
    const { ask, reviewed } = setUp(async () => ({ ...ROBOT, groups }))
    for (let i = 0; i < 100; i++) await ask(`t${i}`)
    await ask('t99')
    expect(reviewed).toHaveLength(100)
    await ask('t0')
    expect(reviewed).toHaveLength(101)
  })

  it('that come by the thousand wait up to a bound, beyond which they are nobody’s at once, with one fault', async () => {
    const { ask, reviewed, faults } = setUp(() => new Promise(() => {}))
    const flood = Array.from({ length: 1000 }, (_, i) => ask(`t${i}`))
    expect(await Promise.all(flood.slice(136))).toEqual(Array.from({ length: 864 }, () => undefined))
    expect(reviewed).toHaveLength(8)
    expect([...faults.open.keys()]).toEqual(['token reviews that wait'])
  })

  it('of another address go before the rest of a flood', async () => {
    const gate = Promise.withResolvers<void>()
    const { authenticate, reviewed } = setUp(async () => {
      await gate.promise
      return ROBOT
    })
    const from = (remoteAddress: string, token: string) =>
      authenticate({
        rawHeaders: ['Authorization', `Bearer ${token}`],
        connection: { remoteAddress } as TLSSocket,
      })
    const flood = Array.from({ length: 136 }, (_, i) => from('10.0.0.66', `t${i}`))
    const honest = from('10.0.0.1', 'prometheus')
    gate.resolve()
    expect((await honest)?.name).toBe('robot')
    expect(reviewed.indexOf('prometheus')).toBeLessThan(16)
    // The last of the flood gave way.
    expect(await flood.at(-1)).toBeUndefined()
    expect((await flood[0])?.name).toBe('robot')
  })

  it('by the ten thousand are not all kept', async () => {
    const { ask, reviewed } = setUp(async () => ROBOT)
    for (let i = 0; i < 10_000; i++) await ask(`t${i}`)
    await ask('t9999')
    expect(reviewed).toHaveLength(10_000)
    await ask('t0')
    expect(reviewed).toHaveLength(10_001)
  })

  it.each<[string, string[], string, string[]]>([
    ['is added', [], 'ann', ['system:authenticated']],
    ['is not added twice', ['system:authenticated', 'a'], 'ann', ['system:authenticated', 'a']],
    ['is not added to the unauthenticated', ['system:unauthenticated'], 'ann', ['system:unauthenticated']],
    ['is not added to the anonymous user', ['a'], 'system:anonymous', ['a']],
  ])('the group of the authenticated %s', async (_, groups, name, expected) => {
    const { ask } = setUp(async () => ({ ...ROBOT, name, groups }))
    expect((await ask('t'))?.groups).toEqual(expected)
  })

  it('are not needed to be anonymous', async () => {
    const { authenticate, attempts } = setUp(async () => ROBOT)
    const user = await authenticate({ rawHeaders: ['Authorization', 'Basic YTpi'], connection: undefined })
    expect(user).toMatchObject({ name: 'system:anonymous', groups: ['system:unauthenticated'] })
    expect(attempts).toEqual(['anonymous system:anonymous'])
  })
})
