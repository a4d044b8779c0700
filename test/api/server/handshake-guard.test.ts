import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../../certs/authority.ts'
import { guardHandshakes } from '../../../src/api/server/handshake-guard.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import {
  enormousKey,
  longExponentKey,
  namedChain,
  nameOf,
  pemOf,
  rawCertificate,
  spkiOf,
} from '../../support/raw-certificate.ts'
import { createRecordingFaults } from '../../support/recording-log.ts'
import { element } from '../../../src/tls/der.ts'
import type { ClientOutcome, ClientTask } from './tls-client.ts'

const ANOTHER_ADDRESS = '127.0.0.2'
let authority: Authority
let serving: Pair
let honest: Pair
const open: (() => void)[] = []

beforeAll(async () => {
  authority = await createAuthority('kubernetes')
  serving = await authority.issue({ commonName: 's', dns: ['localhost'], usage: 'server' })
  honest = await authority.issue({ commonName: 'front-proxy-client', usage: 'client' })
})
afterEach(() => {
  for (const close of open.splice(0)) close()
})

const until = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 20_000 })
const keyPemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const chainOf = (key: KeyObject, length = 1) => ({ certPem: namedChain(key, length).join(''), keyPem: keyPemOf(key) })

async function start() {
  const clock = createManualClock()
  const faults = createRecordingFaults()
  /** Of each connection in turn, whom its certificate names. */
  const shown: (string | undefined)[] = []
  const handshakes: TLSSocket[] = []
  const options = { cert: serving.certPem, key: serving.keyPem, ca: authority.certPem, requestCert: true }
  const server = http2.createSecureServer(
    { ...options, rejectUnauthorized: false, allowHTTP1: true },
    (_request, response) => void response.end('hello'),
  )
  let accepted = 0
  server.on('connection', () => void accepted++)
  server.on('secureConnection', (socket) => {
    handshakes.push(socket)
    if (!socket.destroyed) shown.push(socket.getPeerX509Certificate()?.subject)
  })
  guardHandshakes(server, { clock, faults, handshakeTimeoutMs: 10_000 })
  await once(server.listen(0, '0.0.0.0'), 'listening')
  open.push(() => {
    for (const socket of handshakes) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo

  async function client(task: Pick<ClientTask, 'certPem' | 'keyPem'> & Partial<ClientTask>): Promise<ClientOutcome[]> {
    const worker = new Worker(new URL('./tls-client.ts', import.meta.url), { workerData: { port, times: 1, ...task } })
    open.push(() => void worker.terminate())
    const [outcomes] = (await once(worker, 'message')) as [ClientOutcome[]]
    return outcomes
  }
  function connect(pair: Pair | undefined, localAddress = '127.0.0.1'): TLSSocket {
    const identity = { cert: pair?.certPem, key: pair?.keyPem }
    const options: tls.ConnectionOptions & { localAddress: string } = { port, host: '127.0.0.1', localAddress }
    const socket = tls.connect({ ...options, ...identity, rejectUnauthorized: false })
    open.push(() => socket.destroy())
    return socket.on('error', () => {})
  }
  /** Connects, and tells whom the server saw. */
  async function seen(pair: Pair | undefined, localAddress?: string): Promise<string | undefined> {
    const before = shown.length
    connect(pair, localAddress)
    await until(() => shown.length > before)
    return shown[before]
  }
  return { server, clock, faults, shown, port, client, connect, seen, accepted: () => accepted }
}

describe('a client certificate that costs much, or that Go refuses', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const malformed = () => {
    const subject = nameOf(element(0x13, Buffer.from('admin@kubernetes')))
    return { certPem: pemOf(rawCertificate(spkiOf(rsa), { subject })), keyPem: keyPemOf(rsa) }
  }

  it.each<[string, () => Pick<ClientTask, 'certPem' | 'keyPem'>, RegExp]>([
    ['an RSA key of 15,636 bits', () => chainOf(enormousKey()), /15636 bits, more than 8192/],
    ['an RSA key with an exponent of 33 bits', () => chainOf(longExponentKey()), /33 bits, more than 32/],
    ['seventeen certificates', () => chainOf(rsa, 17), /more than 15 other/],
    ['a subject with @ in a PrintableString', malformed, /malformed/],
  ])('with %s ends its connection, and its address is asked for none for ten seconds', async (_, make, reason) => {
    const { client, clock, faults, seen } = await start()
    expect(await client(make())).toEqual(['ended'])
    expect(faults.reported).toHaveLength(1)
    expect(faults.reported[0]?.fields).toMatchObject({
      address: '127.0.0.1',
      err: expect.stringMatching(reason),
      seconds: 10,
    })
    expect(await seen(honest)).toBeUndefined()
    expect(await seen(honest, ANOTHER_ADDRESS)).toBe('CN=front-proxy-client')
    await clock.advance(9999)
    expect(await seen(honest)).toBeUndefined()
    await clock.advance(1)
    expect(await seen(honest)).toBe('CN=front-proxy-client')
  })

  it('keeps its address from being asked for twice as long each time', async () => {
    const { client, clock, faults, seen } = await start()
    const costly = chainOf(longExponentKey())
    for (const seconds of [10, 20, 40]) {
      expect(await client(costly)).toEqual(['ended'])
      expect(faults.reported.at(-1)?.fields).toMatchObject({ seconds })
      await clock.advance(seconds * 1000 - 1)
      expect(await seen(honest)).toBeUndefined()
      await clock.advance(1)
    }
    expect(await seen(honest)).toBe('CN=front-proxy-client')
  })

  it('does not keep its address from being answered', async () => {
    const { client } = await start()
    const costly = chainOf(enormousKey())
    expect(await client({ ...costly, times: 3 })).toEqual(['ended', 'answered', 'answered'])
  })

  it('costs the server once what it costs, however often it comes', async () => {
    const { client } = await start()
    const costly = chainOf(enormousKey(), 16)
    await client({ ...honest, times: 20 })
    const cost = async (times: number): Promise<number> => {
      const before = process.threadCpuUsage()
      await client({ ...costly, times })
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1000
    }
    const first = await cost(1)
    expect(await cost(40)).toBeLessThan(10 * first)
  }, 60_000)

  /** OpenSSL has nothing to say against certificates that do not hang together. */
  const unchained = () => {
    const { certPem, keyPem } = chainOf(enormousKey())
    return { certPem: certPem.repeat(3), keyPem }
  }

  it('is found out while its handshake is left unfinished', async () => {
    const { client, clock, faults, seen } = await start()
    expect(await client({ ...unchained(), keepBack: 2100 })).toEqual(['left open'])
    expect(faults.reported).toEqual([])
    await clock.advance(1000)
    expect(faults.reported[0]?.fields).toMatchObject({ err: expect.stringContaining('not finished') })
    expect(await seen(honest)).toBeUndefined()
  })

  it('is found out when the connection is broken off', async () => {
    const { client, faults, seen } = await start()
    await client({ ...unchained(), keepBack: 2100, breakOff: true })
    await until(() => faults.reported.length > 0)
    expect(faults.reported[0]?.fields).toMatchObject({ err: expect.stringContaining('broken off') })
    expect(await seen(honest)).toBeUndefined()
  })
})

describe('handshakes of one address', () => {
  it('are four at a time, and all come to their end', async () => {
    const { connect, shown } = await start()
    for (let i = 0; i < 64; i++) connect(honest)
    await until(() => shown.length === 64)
    expect(new Set(shown)).toEqual(new Set(['CN=front-proxy-client']))
  })

  it('that say nothing make room for others of their own address, and hold up no other', async () => {
    const { accepted, clock, port, seen } = await start()
    const silent = Array.from({ length: 4 }, () => net.connect({ port, host: '127.0.0.1' }).on('error', () => {}))
    open.push(() => silent.forEach((socket) => void socket.destroy()))
    await until(() => accepted() === 4)
    const waiting = seen(honest)
    expect(await seen(honest, ANOTHER_ADDRESS)).toBe('CN=front-proxy-client')
    expect(accepted()).toBe(5)
    await clock.advance(1000)
    expect(await waiting).toBe('CN=front-proxy-client')
  })

  it('wait no longer than a handshake may take', async () => {
    const { accepted, clock, port } = await start()
    const silent = Array.from({ length: 6 }, () => net.connect({ port, host: '127.0.0.1' }).on('error', () => {}))
    open.push(() => silent.forEach((socket) => void socket.destroy()))
    await until(() => accepted() === 4)
    await clock.advance(1000)
    await until(() => accepted() === 6)
  })
})

it('the certificates of an authority as it is made by kubeadm are no reason for anything', async () => {
  const { seen, faults } = await start()
  const rsa = generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey
  expect(new X509Certificate(namedChain(rsa, 1)[0] ?? '').subject).toBe('CN=chain-0')
  expect(await seen({ certPem: namedChain(rsa, 4).join(''), keyPem: keyPemOf(rsa) })).toBe('CN=chain-0')
  expect(await seen(undefined)).toBeUndefined()
  expect(faults.reported).toEqual([])
})
