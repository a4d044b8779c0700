import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'
import type { AuthenticationTrust } from '../../src/auth/authentication-trust.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { clientShape, type Made, makeRoot } from '../support/certificate-maker.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'
import { createIdentityServer, type IdentityServer } from './identity-server.ts'

const DAY_MS = 86_400_000
const HEADERS = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
const PROTOCOLS = ['http/1.1', 'h2'] as const

let serving: Pair
let clientCa: Made
let proxyCa: Made
/** Another CA with the client CA's own subject. */
let impostorCa: Authority
let alice: Made
let proxy: Made

beforeAll(async () => {
  serving = await (await createAuthority('serving')).issue({ commonName: 's', dns: ['localhost'], usage: 'server' })
  // Both real CAs have the same subject, as on clusters that were set up by hand.
  clientCa = await makeRoot('kubernetes')
  proxyCa = await makeRoot('kubernetes')
  impostorCa = await createAuthority('kubernetes')
  alice = await clientCa.sign(clientShape('alice', ['dev', 'ops']))
  proxy = await proxyCa.sign(clientShape('front-proxy-client'))
})

const servers: IdentityServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function setUp(options: { trust?: AuthenticationTrust; resumable?: boolean } = {}) {
  const clock = createManualClock({ wallMs: Date.now() })
  const faults = createRecordingFaults()
  let generation = 1
  let trust: AuthenticationTrust = options.trust ?? {
    clientCaPem: clientCa.certPem,
    requestHeader: { caPem: proxyCa.certPem, ...HEADERS },
  }
  const authenticate = createAuthenticator({
    trust: { current: () => trust, generation: () => generation },
    reviewToken: async (token) =>
      token === 'good' ? { name: 'robot', uid: undefined, groups: [], extra: new Map() } : undefined,
    tokenTtlMs: 10_000,
    clock,
    faults,
    log: createRecordingLog(),
  })
  const ca = [trust.clientCaPem, trust.requestHeader?.caPem].filter((pem) => pem !== undefined)
  const server = await createIdentityServer(authenticate, serving, ca, options.resumable ? {} : undefined)
  servers.push(server)
  return {
    server,
    clock,
    faults,
    setTrust(next: AuthenticationTrust) {
      trust = next
      generation++
    },
  }
}

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('a client certificate of the client CA names its holder and groups', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: alice })
    const answer = await client.ask()
    expect(answer).toMatchObject({ name: 'alice', groups: ['dev', 'ops', 'system:authenticated'] })
    expect(answer.extra[0]?.[0]).toBe('authentication.kubernetes.io/credential-id')
    expect(answer.extra[0]?.[1][0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/)
  })

  it('the front proxy speaks for the user in its headers, each group apart and in UTF-8', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: proxy })
    const answer = await client.ask({
      'X-Remote-User': Buffer.from('jürgen 中').toString('latin1'),
      'X-Remote-Group': ['a, b', 'c'],
      'X-Remote-Uid': 'u-1',
      'X-Remote-Extra-Example.com%2FScope': ['one', 'two'],
      'X-Remote-Extra-__proto__': 'x',
    })
    expect(answer).toMatchObject({ name: 'jürgen 中', uid: 'u-1', groups: ['a, b', 'c', 'system:authenticated'] })
    expect(answer.extra).toEqual([
      ['example.com/scope', ['one', 'two']],
      ['__proto__', ['x']],
    ])
  })

  it('each request of one front proxy connection is its own user', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: proxy })
    const names = []
    for (const user of ['ann', 'bob', 'ann']) names.push((await client.ask({ 'x-remote-user': user })).name)
    expect(names).toEqual(['ann', 'bob', 'ann'])
  })

  it('a front proxy that names no user is nobody', async () => {
    const { server, faults } = await setUp()
    const client = await server.connect({ protocol, identity: proxy })
    expect((await client.ask()).name).toBeNull()
    expect([...faults.open.values()][0]).toContain('neither the client CA nor the front proxy CA vouches for it')
  })

  it('identity headers of a client certificate are ignored', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: alice })
    const answer = await client.ask({ 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' })
    expect(answer).toMatchObject({ name: 'alice', groups: ['dev', 'ops', 'system:authenticated'] })
  })

  it('identity headers without a certificate are ignored', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol })
    const answer = await client.ask({ 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' })
    expect(answer).toMatchObject({ name: 'system:anonymous', groups: ['system:unauthenticated'] })
  })

  it('a client whose name is the front proxy client does not become it', async () => {
    const { server } = await setUp()
    const fake = await clientCa.sign(clientShape('front-proxy-client'))
    const client = await server.connect({ protocol, identity: fake })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('front-proxy-client')
  })

  it('a certificate of the front proxy CA with another name is neither proxy nor client', async () => {
    const { server, faults } = await setUp()
    const other = await proxyCa.sign(clientShape('admin', ['system:masters']))
    const client = await server.connect({ protocol, identity: other })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBeNull()
    expect([...faults.open.values()][0]).toContain('its common name is not among the allowed ones')
  })

  it('a CA that only has the name of the client CA proves nothing', async () => {
    const { server } = await setUp()
    const identity = await impostorCa.issue({ commonName: 'admin', organizations: ['system:masters'], usage: 'client' })
    const client = await server.connect({ protocol, identity })
    expect((await client.ask()).name).toBeNull()
  })

  it('a good token makes up for a certificate that proves nothing, a bad one does not', async () => {
    const { server } = await setUp()
    const identity = await impostorCa.issue({ commonName: 'x', usage: 'client' })
    const client = await server.connect({ protocol, identity })
    expect((await client.ask({ authorization: 'Bearer good' })).name).toBe('robot')
    expect((await client.ask({ authorization: 'Bearer bad' })).name).toBeNull()
  })

  it('a certificate counts until its end, also on a connection that stays open', async () => {
    const { server, clock } = await setUp()
    const client = await server.connect({ protocol, identity: alice })
    expect((await client.ask()).name).toBe('alice')
    clock.jumpWall(364 * DAY_MS)
    expect((await client.ask()).name).toBe('alice')
    clock.jumpWall(2 * DAY_MS)
    expect((await client.ask()).name).toBeNull()
  })

  it('a connection is judged anew when the CA bundles change', async () => {
    const { server, setTrust } = await setUp()
    const client = await server.connect({ protocol, identity: alice })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('alice')
    setTrust({ clientCaPem: impostorCa.certPem, requestHeader: undefined })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBeNull()
    setTrust({ clientCaPem: undefined, requestHeader: { caPem: clientCa.certPem, ...HEADERS, allowedNames: [] } })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('admin')
  })

  it('a connection made before the CA was known counts once it is', async () => {
    const { server, setTrust } = await setUp({ trust: { clientCaPem: undefined, requestHeader: undefined } })
    const client = await server.connect({ protocol, identity: proxy })
    expect((await client.ask({ 'x-remote-user': 'ann' })).name).toBe('system:anonymous')
    setTrust({ clientCaPem: undefined, requestHeader: { caPem: proxyCa.certPem, ...HEADERS } })
    expect((await client.ask({ 'x-remote-user': 'ann' })).name).toBe('ann')
  })

  it('intermediates that the client shows lead to the root', async () => {
    const { server } = await setUp()
    const intermediate = await clientCa.sign({ subject: [{ CN: ['sub'] }], authority: true })
    const leaf = await intermediate.sign(clientShape('bob'))
    const whole = await server.connect({ protocol, identity: { ...leaf, intermediates: [intermediate] } })
    expect((await whole.ask()).name).toBe('bob')
    const alone = await server.connect({ protocol, identity: leaf })
    expect((await alone.ask()).name).toBeNull()
  })
})

describe('a connection', () => {
  const authenticatorWith = (clientCaPem: string) =>
    createAuthenticator({
      trust: { current: () => ({ clientCaPem, requestHeader: undefined }), generation: () => 1 },
      reviewToken: undefined,
      tokenTtlMs: 0,
      clock: createManualClock({ wallMs: Date.now() }),
      faults: createRecordingFaults(),
      log: createRecordingLog(),
    })

  it('that has gone proves nothing, and fails nobody else', async () => {
    const gone = {
      getPeerX509Certificate() {
        throw new Error('the http2 session has been destroyed')
      },
    } as unknown as TLSSocket
    expect(await authenticatorWith(clientCa.certPem)({ rawHeaders: [], connection: gone })).toBeUndefined()
  })

  it('is not trusted by a bundle that cannot be read', async () => {
    const connection = { getPeerX509Certificate: () => new X509Certificate(alice.certPem) } as unknown as TLSSocket
    const ask = (pem: string) => authenticatorWith(pem)({ rawHeaders: [], connection })
    expect(await ask('broken')).toBeUndefined()
    expect((await ask(clientCa.certPem))?.name).toBe('alice')
  })

  it('is looked at once, however many requests come over it', async () => {
    let looks = 0
    const connection = {
      getPeerX509Certificate() {
        looks++
        return new X509Certificate(alice.certPem)
      },
    } as unknown as TLSSocket
    const authenticate = authenticatorWith(clientCa.certPem)
    for (let i = 0; i < 10; i++) expect((await authenticate({ rawHeaders: [], connection }))?.name).toBe('alice')
    expect(looks).toBe(1)
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('resumption with %s', (maxVersion) => {
  const twice = async (server: IdentityServer) => {
    const intermediate = await clientCa.sign({ subject: [{ CN: ['sub'] }], authority: true })
    const identity = { ...(await intermediate.sign(clientShape('bob'))), intermediates: [intermediate] }
    const first = await server.connect({ protocol: 'http/1.1', identity, maxVersion })
    let session = first.socket.getSession()
    first.socket.on('session', (newer) => {
      session = newer
    })
    await first.ask()
    first.close()
    const second = await server.connect({ protocol: 'http/1.1', identity, maxVersion, session })
    return second.ask()
  }

  it('does not happen with the TLS options of this server, so intermediates are there again', async () => {
    const { server } = await setUp()
    expect(await twice(server)).toMatchObject({ name: 'bob', resumed: false })
  })

  it('would lose the intermediates, and refuse rather than guess', async () => {
    const { server } = await setUp({ resumable: true })
    expect(await twice(server)).toMatchObject({ name: null, resumed: true })
  })
})
