import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, type Pair } from '../../certs/authority.ts'
import { ServingCertificateError } from '../../src/serving/key-pair.ts'
import { makeSelfSigned } from '../../src/serving/self-signed.ts'
import { loadServingCertificate, type ServingCertificateOptions } from '../../src/serving/serving-certificate.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'
import { turnUntil } from '../support/turn-until.ts'

const DAY_MS = 86_400_000

let one: Pair
let two: Pair
let folder: string
beforeAll(async () => {
  const authority = await createAuthority('ca')
  one = await authority.issue({ commonName: 'one', dns: ['localhost'], usage: 'server' })
  two = await authority.issue({ commonName: 'two', dns: ['localhost'], usage: 'server' })
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serving-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function setUp(given: Partial<ServingCertificateOptions> = {}) {
  const clock = createManualClock({ wallMs: Date.now() })
  const log = createRecordingLog()
  const faults = createRecordingFaults()
  const load = () =>
    loadServingCertificate({
      certFile: undefined,
      keyFile: undefined,
      certDir: folder,
      pairName: 'apiserver',
      bindAddress: '0.0.0.0',
      hostNames: ['metrics-server-1'],
      clock,
      log,
      faults,
      ...given,
    })
  return { clock, log, faults, load }
}

const crt = () => join(folder, 'apiserver.crt')
const key = () => join(folder, 'apiserver.key')
const put = async ({ certPem, keyPem }: Pair, at = folder) => {
  await writeFile(join(at, 'apiserver.crt'), certPem)
  await writeFile(join(at, 'apiserver.key'), keyPem)
}
const given = () => ({ certFile: crt(), keyFile: key() })
const nameOf = (pem: string) => new X509Certificate(pem).subject

describe('given files', () => {
  it('are served', async () => {
    await put(one)
    const serving = await setUp(given()).load()
    expect(serving.current()).toEqual(one)
    expect(serving.notAfterMs()).toBe(new X509Certificate(one.certPem).validToDate.getTime())
  })

  it.each<[string, () => Promise<void>, RegExp]>([
    ['without a key', () => writeFile(crt(), one.certPem), /cannot read .*apiserver\.key: .* as a pair/],
    ['without a certificate', () => writeFile(key(), one.keyPem), /cannot read .*apiserver\.crt: .* as a pair/],
    ['that are both missing', async () => {}, /cannot read .*apiserver\.crt and .*apiserver\.key/],
    [
      'that do not match',
      () => put({ ...one, keyPem: two.keyPem }),
      /apiserver\.key does not belong to .*apiserver\.crt/,
    ],
    ['with a broken certificate', () => put({ ...one, certPem: 'x' }), /apiserver\.crt holds no certificate/],
    [
      'with a broken key',
      () => put({ ...one, keyPem: one.keyPem.slice(0, 80) }),
      /apiserver\.key holds no private key/,
    ],
    [
      'the wrong way round',
      () => put({ certPem: one.keyPem, keyPem: one.certPem }),
      /apiserver\.crt holds no certificate/,
    ],
  ])('%s are an error that names the file and shows nothing of it', async (_, write, message) => {
    await write()
    const error = await setUp(given())
      .load()
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ServingCertificateError)
    expect(String(error)).toMatch(message)
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain(one.keyPem.slice(40, 60))
  })

  it('must be both given', async () => {
    await expect(setUp({ certFile: crt() }).load()).rejects.toThrow('must be given together')
    await expect(setUp({ keyFile: key() }).load()).rejects.toThrow('must be given together')
  })

  it('are served anew when they change, also through a symlink, and kept through a broken replacement', async () => {
    for (const [name, pair] of [['a', one] as const, ['b', two] as const]) {
      await mkdir(join(folder, name))
      await put(pair, join(folder, name))
    }
    await symlink('a', join(folder, '..data'))
    const at = (file: string) => join(folder, '..data', file)
    const { clock, faults, load } = setUp({ certFile: at('apiserver.crt'), keyFile: at('apiserver.key') })
    const serving = await load()
    let changes = 0
    serving.onChange(() => changes++)
    serving.start()
    expect(nameOf(serving.current().certPem)).toBe('CN=one')

    await symlink('b', join(folder, 'fresh'))
    await rename(join(folder, 'fresh'), join(folder, '..data'))
    await turnUntil(clock, () => changes === 1)
    expect(serving.current()).toEqual(two)

    await writeFile(at('apiserver.crt'), one.certPem)
    await turnUntil(clock, () => faults.open.size === 1)
    expect([...faults.open.values()][0]).toMatch(/does not belong to .*; the certificate from before stays in use/)
    expect(serving.current()).toEqual(two)

    await writeFile(at('apiserver.key'), one.keyPem)
    await turnUntil(clock, () => changes === 2)
    expect(serving.current()).toEqual(one)
    expect(faults.open.size).toBe(0)

    serving.stop()
    await put(two, join(folder, 'b'))
    let minutes = 0
    await turnUntil(clock, () => ++minutes > 5)
    expect(changes).toBe(2)
  })

  it('that have expired are served with a warning', async () => {
    await put(makeSelfSigned({ names: ['localhost'], nowMs: Date.now() - 400 * DAY_MS }))
    const { log, load } = setUp(given())
    await load()
    expect(log.lines.map(({ message }) => message)).toEqual(['the serving certificate has expired'])
  })
})

describe('a certificate directory', () => {
  it('gets a pair, its key for the owner only, that a restart finds again', async () => {
    const first = await setUp({ certDir: join(folder, 'deep', 'er') }).load()
    const path = join(folder, 'deep', 'er', 'apiserver.key')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toBe(first.current().keyPem)
    const second = await setUp({ certDir: join(folder, 'deep', 'er') }).load()
    expect(second.current()).toEqual(first.current())
  })

  it('that has a pair is served from', async () => {
    await put(one)
    expect((await setUp().load()).current()).toEqual(one)
  })

  it.each<[string, string | undefined, string | undefined]>([
    ['for the address it is bound to', '192.0.2.7', '192.0.2.7'],
    ['for no address that stands for all', '0.0.0.0', undefined],
    ['without an address', undefined, undefined],
  ])('gets a pair %s', async (_, bindAddress, expected) => {
    const leaf = new X509Certificate((await setUp({ bindAddress }).load()).current().certPem)
    expect(leaf.checkIP(bindAddress ?? '192.0.2.7')).toBe(expected)
    for (const host of ['localhost', 'metrics-server-1']) expect(leaf.checkHost(host)).toBe(host)
    for (const ip of ['127.0.0.1', '::1']) expect(leaf.checkIP(ip)).toBe(ip)
  })

  it('that has half a pair is an error', async () => {
    await writeFile(crt(), one.certPem)
    await expect(setUp().load()).rejects.toThrow(/cannot read .*apiserver\.key/)
  })

  it('that has an expired pair of ours gets a new one', async () => {
    await put(makeSelfSigned({ names: ['localhost'], nowMs: Date.now() - 400 * DAY_MS }))
    const serving = await setUp().load()
    expect(serving.notAfterMs()).toBeGreaterThan(Date.now() + 300 * DAY_MS)
    expect(await readFile(crt(), 'utf8')).toBe(serving.current().certPem)
  })

  it("keeps somebody else's expired pair, while another is served", async () => {
    const authority = await createAuthority('ca')
    const request = { commonName: 'theirs', dns: ['localhost'], usage: 'server' as const }
    const theirs = await authority.issue({ ...request, notAfter: new Date(Date.now() - DAY_MS / 2) })
    await put(theirs)
    const { clock, load } = setUp()
    const serving = await load()
    expect(nameOf(serving.current().certPem)).toMatch(/^CN=localhost@/)
    expect(await readFile(crt(), 'utf8')).toBe(theirs.certPem)
    // Once they renew it, it is served.
    serving.start()
    await put(one)
    await turnUntil(clock, () => nameOf(serving.current().certPem) === 'CN=one')
    serving.stop()
  })

  it('that cannot be written to leaves the pair in memory, with a warning', async () => {
    // A file where the directory should be: nobody can write there, root included.
    await writeFile(join(folder, 'file'), '')
    const { log, load } = setUp({ certDir: join(folder, 'file', 'certs') })
    const serving = await load()
    expect(nameOf(serving.current().certPem)).toMatch(/^CN=localhost@/)
    expect(log.lines[0]?.message).toMatch(/kept in memory: it could not be written/)
  })

  it('is not needed', async () => {
    expect((await setUp({ certDir: '' }).load()).current().certPem).toContain('BEGIN CERTIFICATE')
  })

  it('does not write through what lies under the name of its temporary file', async () => {
    await writeFile(join(folder, 'victim'), 'untouched')
    await symlink('victim', join(folder, 'apiserver.key.new'))
    const serving = await setUp().load()
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('untouched')
    expect(await readFile(key(), 'utf8')).toBe(serving.current().keyPem)
  })

  it.each(['on disk', 'in memory'])('gets a made pair renewed before its end, %s', async (where) => {
    const { clock, load } = setUp(where === 'on disk' ? {} : { certDir: '' })
    const serving = await load()
    const first = serving.notAfterMs()
    let changes = 0
    serving.onChange(() => changes++)
    serving.start()
    clock.jumpWall(330 * DAY_MS)
    await clock.advance(60_000)
    expect(changes).toBe(0)
    clock.jumpWall(10 * DAY_MS)
    await turnUntil(clock, () => changes === 1)
    expect(serving.notAfterMs()).toBeGreaterThan(first + 300 * DAY_MS)
    if (where === 'on disk') expect(await readFile(crt(), 'utf8')).toBe(serving.current().certPem)
    serving.stop()
  })

  it('whose old pair could not be replaced does not get back to it', async () => {
    const { clock, load } = setUp()
    const serving = await load()
    // A directory that is in the way of the new file, whoever runs this.
    await mkdir(`${key()}.new`)
    await writeFile(join(`${key()}.new`, 'x'), '')
    serving.start()
    clock.jumpWall(340 * DAY_MS)
    const first = serving.notAfterMs()
    await turnUntil(clock, () => serving.notAfterMs() > first)
    const renewed = serving.current()
    let minutes = 0
    await turnUntil(clock, () => ++minutes > 5)
    expect(serving.current()).toEqual(renewed)
    serving.stop()
  })
})
