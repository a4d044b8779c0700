import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { turnUntil } from '../support/turn-until.ts'
import { DAY_MS, endOf, nameOf, useServing } from './serving-fixture.ts'

const at = useServing()
const { crt, key, put, setUp } = at

describe('a certificate directory', () => {
  it('gets a pair, its key for the owner only, that a restart finds again', async () => {
    const first = await setUp({ certDir: join(at.folder, 'deep', 'er') }).load()
    const path = join(at.folder, 'deep', 'er', 'apiserver.key')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toBe(first.current().keyPem)
    const second = await setUp({ certDir: join(at.folder, 'deep', 'er') }).load()
    expect(second.current().keyPem).toBe(first.current().keyPem)
  })

  it('that has a pair is served from', async () => {
    await put(at.one)
    expect((await setUp().load()).current()).toMatchObject(at.one)
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
    await writeFile(crt(), at.one.certPem)
    await expect(setUp().load()).rejects.toThrow(/cannot read .*apiserver\.key/)
  })

  it('that has an expired pair of ours gets a new one', async () => {
    await put(makeSelfSigned({ names: ['localhost'], nowMs: Date.now() - 400 * DAY_MS }))
    const serving = await setUp().load()
    expect(endOf(serving)).toBeGreaterThan(Date.now() + 300 * DAY_MS)
    expect(await readFile(crt(), 'utf8')).toBe(serving.current().certPem)
  })

  it("keeps somebody else's expired pair, while another is served", async () => {
    const authority = await createAuthority('ca')
    const request = { commonName: 'theirs', dns: ['localhost'], usage: 'server' as const }
    const theirs = await authority.issue({ ...request, notAfter: new Date(Date.now() - DAY_MS / 2) })
    await put(theirs)
    const { clock, follower, load } = setUp()
    const serving = await load()
    expect(nameOf(serving.current().certPem)).toMatch(/^CN=localhost@/)
    expect(await readFile(crt(), 'utf8')).toBe(theirs.certPem)
    // Once they renew it, it is served.
    follower.start()
    await put(at.one)
    await turnUntil(clock, () => nameOf(serving.current().certPem) === 'CN=one')
    follower.stop()
  })

  it('that cannot be written to leaves the pair in memory, with a warning', async () => {
    // A file where the directory should be: nobody can write there, root included.
    await writeFile(join(at.folder, 'file'), '')
    const { log, load } = setUp({ certDir: join(at.folder, 'file', 'certs') })
    const serving = await load()
    expect(nameOf(serving.current().certPem)).toMatch(/^CN=localhost@/)
    expect(log.lines[0]?.message).toMatch(/keep it in memory: it cannot be written/)
  })

  it('is not needed', async () => {
    expect((await setUp({ certDir: '' }).load()).current().certPem).toContain('BEGIN CERTIFICATE')
  })

  it('does not write through what lies under the name of its temporary file', async () => {
    await writeFile(join(at.folder, 'victim'), 'untouched')
    await symlink('victim', join(at.folder, 'apiserver.key.new'))
    const serving = await setUp().load()
    expect(await readFile(join(at.folder, 'victim'), 'utf8')).toBe('untouched')
    expect(await readFile(key(), 'utf8')).toBe(serving.current().keyPem)
  })

  it.each(['on disk', 'in memory'])('gets a made pair renewed before its end, %s', async (where) => {
    const { clock, follower, load } = setUp(where === 'on disk' ? {} : { certDir: '' })
    const serving = await load()
    const first = endOf(serving)
    let changes = 0
    serving.onChange(() => changes++)
    follower.start()
    clock.jumpWall(330 * DAY_MS)
    await clock.advance(60_000)
    expect(changes).toBe(0)
    clock.jumpWall(10 * DAY_MS)
    await turnUntil(clock, () => changes === 1)
    expect(endOf(serving)).toBeGreaterThan(first + 300 * DAY_MS)
    if (where === 'on disk') expect(await readFile(crt(), 'utf8')).toBe(serving.current().certPem)
    follower.stop()
  })

  it('whose old pair could not be replaced does not get back to it', async () => {
    const { clock, follower, load } = setUp()
    const serving = await load()
    // A directory that is in the way of the new file, whoever runs this.
    await mkdir(`${key()}.new`)
    await writeFile(join(`${key()}.new`, 'x'), '')
    follower.start()
    clock.jumpWall(340 * DAY_MS)
    const first = endOf(serving)
    await turnUntil(clock, () => endOf(serving) > first)
    const renewed = serving.current()
    let minutes = 0
    await turnUntil(clock, () => ++minutes > 5)
    expect(serving.current()).toEqual(renewed)
    follower.stop()
  })
})
