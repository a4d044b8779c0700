import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'
import { checkPair, type UsablePair } from '../../src/tls/key-pair.ts'
import { followSniCertificates, type SniCertificates } from '../../src/tls/sni-certificates.ts'
import type { World } from '../contract/support/world.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'
import { serveWithSni } from './sni-server.ts'
import { turnUntil } from '../support/turn-until.ts'

const folder = useTemporaryFolder()
let authority: Authority
let main: UsablePair
const pairs = new Map<string, Pair>()
beforeAll(async () => {
  authority = await createAuthority('ca')
  const issue = async (commonName: string, ...dns: string[]) => {
    pairs.set(commonName, await authority.issue({ commonName, dns, usage: 'server' }))
  }
  await issue('main', 'main.example')
  await issue('foo', 'foo.example')
  await issue('star', '*.example', '*.deep.example')
  await issue('two', 'foo.example', 'two.example')
  const pair = pairs.get('main')
  if (pair !== undefined) main = checkPair(pair, { certFile: 'main', keyFile: 'main' })
})

let clock: ManualClock
let faults: ReturnType<typeof createRecordingFaults>
let world: World | undefined
beforeEach(() => {
  clock = createManualClock()
  faults = createRecordingFaults()
})
afterEach(async () => {
  await world?.api.close()
  world = undefined
})

const filesOf = (name: string) => ({
  certFile: join(folder.path, `${name}.crt`),
  keyFile: join(folder.path, `${name}.key`),
})
async function put(name: string, pair = pairs.get(name)) {
  if (pair === undefined) throw new Error(`no pair ${name}`)
  await writeFile(filesOf(name).certFile, pair.certPem)
  await writeFile(filesOf(name).keyFile, pair.keyPem)
}

/** Certificates as of flags, each "foo" or "foo:name,name". */
async function sniOf(...flags: string[]) {
  const files = flags.map((flag) => {
    const [name = '', names] = flag.split(/:(.*)/s)
    return { name, ...filesOf(name), names: names?.split(',') ?? [] }
  })
  for (const { name } of files) await put(name)
  const follower = followerOf(clock, faults)
  const sni = await followSniCertificates(files, follower)
  follower.start()
  return sni
}

/** Serves with them until the test ends. */
async function serveWith(sni: SniCertificates) {
  const serving = await serveWithSni(sni, main, authority)
  world = serving.world
  return serving
}

describe('certificates for names', () => {
  it.each<[string, string[], Record<string, string>]>([
    [
      'are those of their certificates when none are given',
      ['foo', 'star'],
      {
        'foo.example': 'foo',
        'FOO.Example': 'foo',
        'bar.example': 'star',
        'a.b.example': 'main',
        other: 'main',
        '': 'main',
      },
    ],
    [
      'are those given, and the certificate speaks for its own only when nobody else does',
      ['foo:given.example', 'star:*.given'],
      {
        'given.example': 'foo',
        'x.given': 'star',
        'foo.example': 'foo',
        'a.deep.example': 'star',
        'main.example': 'main',
      },
    ],
    [
      'that are exact go before those with a star, whatever their order',
      ['star', 'foo'],
      { 'foo.example': 'foo', 'a.deep.example': 'star' },
    ],
    [
      'that are given go before those found',
      ['two', 'foo:two.example'],
      { 'two.example': 'foo', 'foo.example': 'two' },
    ],
    ['that several have are the first one’s', ['two', 'foo'], { 'foo.example': 'two' }],
    ['may be an address, for clients that ask for no name', ['foo:127.0.0.1'], { '': 'foo', unknown: 'main' }],
  ])('%s', async (_, flags, expected) => {
    const { shown } = await serveWith(await sniOf(...flags))
    const seen = await Promise.all(Object.keys(expected).map(async (name) => [name, await shown(name)]))
    expect(Object.fromEntries(seen)).toEqual(expected)
  })

  it('by address hold for that address only', async () => {
    const { shown } = await serveWith(await sniOf('foo:127.0.0.2'))
    for (let turn = 0; turn < 2; turn++) {
      expect(await shown('', '127.0.0.1')).toBe('main')
      expect(await shown('', '127.0.0.2')).toBe('foo')
      expect(await shown('x.example', '127.0.0.2')).toBe('main')
    }
  })

  it('are followed while they change, and kept through a broken replacement', async () => {
    const sni = await sniOf('foo')
    const { shown } = await serveWith(sni)
    let changes = 0
    sni.onChange(() => changes++)
    await writeFile(filesOf('foo').keyFile, 'nothing')
    await turnUntil(clock, () => faults.open.size === 1)
    expect([...faults.open]).toEqual([
      [
        `SNI certificate ${filesOf('foo').certFile}`,
        expect.stringMatching(/stays in use: .*foo\.key holds no private key/),
      ],
    ])
    expect(await shown('foo.example')).toBe('foo')
    const renewed = await authority.issue({
      commonName: 'renewed',
      dns: ['foo.example', 'new.example'],
      usage: 'server',
    })
    await put('foo', renewed)
    await turnUntil(clock, () => changes === 1)
    expect(await Promise.all(['foo.example', 'new.example', ''].map((name) => shown(name)))).toEqual([
      'renewed',
      'renewed',
      'main',
    ])
  })

  it('take the client certificates that the server takes', async () => {
    const { port } = await serveWith(await sniOf('foo'))
    const mine = await authority.issue({ commonName: 'me', usage: 'client' })
    const options = { port, host: '127.0.0.1', servername: 'foo.example', ca: authority.certPem }
    const socket = tls.connect({ ...options, cert: mine.certPem, key: mine.keyPem, ALPNProtocols: ['http/1.1'] })
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200/)
  })

  it('that cannot be read are an error at the start', async () => {
    const files = [{ ...filesOf('absent'), names: [] }]
    await expect(followSniCertificates(files, followerOf(clock))).rejects.toThrow(
      /absent\.(crt|key) cannot be read: ENOENT/,
    )
  })
})
