import { describe, expect, it } from 'vitest'
import { clientShape } from '../support/certificate-maker.ts'
import { HEADERS, PROTOCOLS, useConnections } from './connection-fixture.ts'

const DAY_MS = 86_400_000

const at = useConnections()
const { setUp } = at

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('a client certificate of the client CA names its holder and groups', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: at.alice })
    const answer = await client.ask()
    expect(answer).toMatchObject({ name: 'alice', groups: ['dev', 'ops', 'system:authenticated'] })
    expect(answer.extra[0]?.[0]).toBe('authentication.kubernetes.io/credential-id')
    expect(answer.extra[0]?.[1][0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/)
  })

  it('a CA that only has the name of the client CA proves nothing', async () => {
    const { server } = await setUp()
    const identity = await at.impostorCa.issue({
      commonName: 'admin',
      organizations: ['system:masters'],
      usage: 'client',
    })
    const client = await server.connect({ protocol, identity })
    expect((await client.ask()).name).toBeNull()
  })

  it('a good token makes up for a certificate that proves nothing, a bad one does not', async () => {
    const { server } = await setUp()
    const identity = await at.impostorCa.issue({ commonName: 'x', usage: 'client' })
    const client = await server.connect({ protocol, identity })
    expect((await client.ask({ authorization: 'Bearer good' })).name).toBe('robot')
    expect((await client.ask({ authorization: 'Bearer bad' })).name).toBeNull()
  })

  it('a certificate counts until its end, also on a connection that stays open', async () => {
    const { server, clock } = await setUp()
    const client = await server.connect({ protocol, identity: at.alice })
    expect((await client.ask()).name).toBe('alice')
    clock.jumpWall(364 * DAY_MS)
    expect((await client.ask()).name).toBe('alice')
    clock.jumpWall(2 * DAY_MS)
    expect((await client.ask()).name).toBeNull()
  })

  it('a connection is judged anew when the CA bundles change', async () => {
    const { server, setTrust } = await setUp()
    const client = await server.connect({ protocol, identity: at.alice })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('alice')
    setTrust({ clientCaPem: at.impostorCa.certPem, requestHeader: undefined })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBeNull()
    setTrust({ clientCaPem: undefined, requestHeader: { caPem: at.clientCa.certPem, ...HEADERS, allowedNames: [] } })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('admin')
  })

  it('a connection made before the CA was known counts once it is', async () => {
    const { server, setTrust } = await setUp({ trust: { clientCaPem: undefined, requestHeader: undefined } })
    const client = await server.connect({ protocol, identity: at.proxy })
    expect((await client.ask({ 'x-remote-user': 'ann' })).name).toBe('system:anonymous')
    setTrust({ clientCaPem: undefined, requestHeader: { caPem: at.proxyCa.certPem, ...HEADERS } })
    expect((await client.ask({ 'x-remote-user': 'ann' })).name).toBe('ann')
  })

  it('intermediates that the client shows lead to the root', async () => {
    const { server } = await setUp()
    const intermediate = await at.clientCa.sign({ subject: [{ CN: ['sub'] }], authority: true })
    const leaf = await intermediate.sign(clientShape('bob'))
    const whole = await server.connect({ protocol, identity: { ...leaf, intermediates: [intermediate] } })
    expect((await whole.ask()).name).toBe('bob')
    const alone = await server.connect({ protocol, identity: leaf })
    expect((await alone.ask()).name).toBeNull()
  })
})
