import { describe, expect, it } from 'vitest'
import { clientShape } from '../support/certificate-maker.ts'
import { PROTOCOLS, useConnections } from './connection-fixture.ts'

const at = useConnections()
const { setUp } = at

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('the front proxy speaks for the user in its headers, each group apart and in UTF-8', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: at.proxy })
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
    const client = await server.connect({ protocol, identity: at.proxy })
    const names = []
    for (const user of ['ann', 'bob', 'ann']) names.push((await client.ask({ 'x-remote-user': user })).name)
    expect(names).toEqual(['ann', 'bob', 'ann'])
  })

  it('a front proxy that names no user is nobody', async () => {
    const { server, faults } = await setUp()
    const client = await server.connect({ protocol, identity: at.proxy })
    expect((await client.ask()).name).toBeNull()
    expect([...faults.open.values()][0]).toContain('neither the client CA nor the front proxy CA vouches for it')
  })

  it('identity headers of a client certificate are ignored', async () => {
    const { server } = await setUp()
    const client = await server.connect({ protocol, identity: at.alice })
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
    const fake = await at.clientCa.sign(clientShape('front-proxy-client'))
    const client = await server.connect({ protocol, identity: fake })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBe('front-proxy-client')
  })

  it('a certificate of the front proxy CA with another name is neither proxy nor client', async () => {
    const { server, faults } = await setUp()
    const other = await at.proxyCa.sign(clientShape('admin', ['system:masters']))
    const client = await server.connect({ protocol, identity: other })
    expect((await client.ask({ 'x-remote-user': 'admin' })).name).toBeNull()
    expect([...faults.open.values()][0]).toContain('its common name is not among the allowed ones')
  })
})
