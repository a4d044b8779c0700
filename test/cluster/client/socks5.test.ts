import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiUnreachable } from '../../../src/cluster/client/api-error.ts'
import { connectSocks5 } from '../../../src/cluster/client/tunnels.ts'
import { hang } from '../../support/fake-answers.ts'
import { GET, PATH, useClient } from './client-fixture.ts'

const hex = (bytes: Buffer) => bytes.toString('hex')

/** A proxy that answers each thing it hears with the next of these, and then connects to 127.0.0.1 or does nothing. */
async function startProxy(answers: readonly string[], { to }: { to?: number } = {}) {
  const heard: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const left = [...answers]
    const onData = (data: Buffer) => {
      heard.push(hex(data))
      const next = left.shift()
      if (next === undefined) return
      // A byte at a time: answers come in pieces.
      for (const byte of Buffer.from(next, 'hex')) socket.write(Buffer.of(byte))
      if (next === '') socket.end()
      if (left.length > 0 || to === undefined) return
      socket.off('data', onData)
      const up = connect(to, '127.0.0.1')
      sockets.add(up)
      up.on('error', () => socket.destroy())
      socket.pipe(up).pipe(socket)
    }
    socket.on('data', onData)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    heard,
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

describe('SOCKS5', () => {
  const at = useClient()
  const stopping: (() => void)[] = []
  afterEach(() => {
    for (const stop of stopping.splice(0)) stop()
  })
  const start = async (answers: readonly string[], options?: { to?: number }) => {
    const proxy = await startProxy(answers, options)
    stopping.push(proxy.stop)
    return proxy
  }
  const through = (port: number, credentials = '') => {
    const url = new URL(`socks5://${credentials}127.0.0.1:${port}`)
    return at.connect({ ...at.credentialsWith({}), proxy: { url, namedBy: 'proxy-url' } })
  }
  const CONNECTED = '0500000100000000 0000'.replace(' ', '')

  it('carries requests to an apiserver that is named by its address', async () => {
    const proxy = await start(['0500', CONNECTED], { to: Number(at.apiserver.url.port) })
    expect((await through(proxy.port).request(GET)).status).toBe(200)
    const port = Number(at.apiserver.url.port).toString(16).padStart(4, '0')
    expect(proxy.heard.slice(0, 2)).toEqual(['050100', `050100017f000001${port}`])
  })

  it('shows name and password where it is asked to', async () => {
    const proxy = await start(['0502', '0100', CONNECTED], { to: Number(at.apiserver.url.port) })
    expect((await through(proxy.port, 'jane:p%40ss@').request(GET)).status).toBe(200)
    expect(proxy.heard.slice(0, 2)).toEqual([
      '05020002',
      `0104${hex(Buffer.from('jane'))}04${hex(Buffer.from('p@ss'))}`,
    ])
  })

  it.each<[string, string[], RegExp]>([
    ['is none', ['4854'], /the proxy does not speak SOCKS5/],
    ['wants credentials', ['0502'], /asks for other credentials/],
    ['knows no method', ['05ff'], /asks for other credentials/],
    ['does not reach it', ['0500', '05050001'], /did not connect: connection refused/],
    ['has a new reply', ['0500', '05630001'], /did not connect: reply 99/],
    ['has a new type of address', ['0500', '05000009'], /address of an unknown type/],
    ['goes away', [''], /ended the connection/],
    ['goes away half-way', ['0500', ''], /ended the connection/],
  ])('from a proxy that %s is an error', async (_name, answers, message) => {
    const proxy = await start(answers)
    const error = await at.failureOf(GET, through(proxy.port))
    expect(error).toBeInstanceOf(ApiUnreachable)
    expect(error.message).toMatch(message)
  })

  it('that is refused names no credentials', async () => {
    const proxy = await start(['0502', '0101'])
    const error = await at.failureOf(GET, through(proxy.port, 'jane:secret-word@'))
    expect(error.message).toMatch(/refused the credentials/)
    expect(error.message).not.toContain('secret-word')
  })

  it.each([
    ['api.corp', '050100030c'.replace('0c', '08') + hex(Buffer.from('api.corp'))],
    ['10.1.2.3', '050100010a010203'],
    ['2001:db8::1', '0501000420010db8000000000000000000000001'],
    ['::ffff:10.1.2.3', '0501000400000000000000000000ffff0a010203'],
    ['1:2:3:4:5:6:7:8', '0501000400010002000300040005000600070008'],
  ])('asks for %s', async (host, request) => {
    // An answer with a name in it: its length is in its first byte.
    const proxy = await start(['0500', '05000003026162192b'])
    const socket = connect(proxy.port, '127.0.0.1')
    await connectSocks5(socket, { host, port: 6443, credentials: undefined })
    expect(proxy.heard[1]).toBe(`${request}192b`)
    socket.destroy()
  })

  it('gives up on a proxy that says nothing', async () => {
    const proxy = await start([])
    const failure = at.failureOf(GET, through(proxy.port))
    await expect.poll(() => proxy.heard.length).toBe(1)
    await at.clock.advance(30_000)
    expect(await failure).toBeInstanceOf(ApiUnreachable)
  })

  it('that is cut is made anew', async () => {
    const proxy = await start(['0500', CONNECTED], { to: Number(at.apiserver.url.port) })
    at.apiserver.next(PATH, false, hang)
    const answered = through(proxy.port).request(GET)
    await expect.poll(() => at.apiserver.requests.length).toBe(1)
    await at.apiserver.stop()
    await at.apiserver.start()
    expect((await answered).status).toBe(200)
  })
})
