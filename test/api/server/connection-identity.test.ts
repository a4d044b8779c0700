import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { TLSSocket } from 'node:tls'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import { ANONYMOUS, type RequestCredentials } from '../../../src/model/identity.ts'
import { createWorld, headerValues, type World } from '../../contract/support/world.ts'
import { askHttp2, connectHttp2, rawClient } from './raw-client.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'))
const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Remote-Group: a, b\r\nX-Remote-Group: c\r\n\r\n'

describe('what a connection shows', () => {
  let world: World
  let port: number
  let seen: RequestCredentials[]
  beforeEach(async () => {
    seen = []
    world = await createWorld({
      authenticate: async (credentials) => {
        seen.push(credentials)
        return { ...ANONYMOUS, name: 'known', groups: [] }
      },
      authorize: async () => ({ allowed: true, reason: '' }),
    })
    port = (await world.api.listen()).port
  })
  afterEach(() => world.api.close())

  const clientPair = async (authority = world.authority) => {
    const pair = await authority.issue({ commonName: 'alice', organizations: ['dev'], usage: 'client' })
    return { cert: pair.certPem, key: pair.keyPem }
  }
  const nameOf = (socket: TLSSocket | undefined) => socket?.getPeerCertificate().subject?.CN

  it('is the client certificate and each header apart, over HTTP/1.1', async () => {
    const client = await rawClient(world, port, await clientPair())
    client.socket.write(GET)
    await client.until(/ok$/)
    const [credentials] = seen
    expect(nameOf(credentials?.connection)).toBe('alice')
    expect(credentials?.connection?.authorized).toBe(true)
    expect(credentials && headerValues(credentials, 'x-remote-group')).toEqual(['a, b', 'c'])
    client.socket.destroy()
  })

  it('is the same over HTTP/2, and one object for all requests of the connection', async () => {
    const session = connectHttp2(world, port, await clientPair())
    await askHttp2(session, '/healthz', { 'x-remote-group': ['a, b', 'c'] })
    await askHttp2(session, '/healthz')
    const [first, second] = seen
    expect(nameOf(first?.connection)).toBe('alice')
    expect(first?.connection?.authorized).toBe(true)
    expect(first && headerValues(first, 'x-remote-group')).toEqual(['a, b', 'c'])
    expect(second?.connection).toBe(first?.connection)
    session.destroy()
  })

  it('is every group of somebody who is in more than a thousand', async () => {
    const groups = Array.from({ length: 1200 }, (_, i) => `g${i}`)
    const session = connectHttp2(world, port)
    await askHttp2(session, '/healthz', { 'x-remote-group': groups })
    session.destroy()
    const client = await rawClient(world, port)
    const lines = groups.map((group) => `X-Remote-Group: ${group}\r\n`).join('')
    client.socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${lines}Connection: close\r\n\r\n`)
    expect(await client.closed()).toMatch(/ok$/)
    expect(seen.map((credentials) => headerValues(credentials, 'x-remote-group'))).toEqual([groups, groups])
  })

  it.each(['another', 'test'])('is not vouched for when another authority, named %s, signed it', async (name) => {
    const others = [connectHttp2(world, port, await clientPair()), connectHttp2(world, port)]
    await Promise.all(others.map((other) => askHttp2(other, '/healthz')))
    const session = connectHttp2(world, port, await clientPair(await createAuthority(name)))
    const answers = await Promise.all([session, ...others].map((each) => askHttp2(each, '/healthz')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(
      seen.filter(({ connection }) => nameOf(connection) === 'alice').map((one) => one.connection?.authorized),
    ).toEqual(expect.arrayContaining([true, false]))
    for (const each of [session, ...others]) each.destroy()
  })

  it('changes its authorities and certificate for new connections, while the old ones stay', async () => {
    const old = connectHttp2(world, port)
    await askHttp2(old, '/healthz')
    const another = await createAuthority('another')
    const pair = await another.issue({ commonName: 'new', ips: ['127.0.0.1'], usage: 'server' })
    world.api.setSecureContext({ cert: pair.certPem, key: pair.keyPem, ca: [another.certPem] })
    await askHttp2(old, '/healthz')
    const session = connectHttp2(world, port, { ca: another.certPem, ...(await clientPair(another)) })
    await askHttp2(session, '/healthz')
    expect(seen.at(-1)?.connection?.authorized).toBe(true)
    const former = connectHttp2(world, port, { ca: another.certPem, ...(await clientPair()) })
    await askHttp2(former, '/healthz')
    expect(seen.at(-1)?.connection?.authorized).toBe(false)
    for (const each of [old, session, former]) each.destroy()
  })

  it('cannot be made with TLS before 1.2', async () => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    })
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
    const modern = await rawClient(world, port, { maxVersion: 'TLSv1.2' })
    expect(modern.socket.getProtocol()).toBe('TLSv1.2')
    modern.socket.destroy()
  })

  it.skipIf(!hasIpv6)('can be made over both families when all addresses are listened on', async () => {
    const open = await createWorld({ bindAddress: '0.0.0.0' })
    const { port: both } = await open.api.listen()
    for (const host of ['127.0.0.1', '::1']) {
      const client = await rawClient(open, both, { host, rejectUnauthorized: false })
      client.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      expect(await client.closed()).toMatch(/ok$/)
    }
    await open.api.close()
  })

  it('can be made to one of two servers that share a port when both permit it', async () => {
    const first = await createWorld({ reusePort: true })
    const { port: shared } = await first.api.listen()
    const second = await createWorld({ reusePort: true, port: shared })
    expect(await second.api.listen()).toEqual({ port: shared })
    const third = await createWorld({ port: shared })
    await expect(third.api.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    for (const each of [first, second, third]) await each.api.close()
  })

  it('has to be made in time', async () => {
    const slow = await createWorld({ limits: { handshakeTimeoutMs: 50 } })
    const { createConnection } = await import('node:net')
    const socket = createConnection((await slow.api.listen()).port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    await slow.api.close()
  })
})
