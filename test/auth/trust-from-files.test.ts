import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UnusableError } from '../../src/files/text-file.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'
import { turnUntil } from '../support/turn-until.ts'
import { configMapOf, HEADERS, NO_FILES, NOTHING, trustOf, useAuthorities } from './trust-fixture.ts'

const at = useAuthorities()
const folder = useTemporaryFolder()

describe('trust from files', () => {
  const fileWith = async (name: string, text: string) => {
    const path = join(folder.path, name)
    await writeFile(path, text)
    return path
  }

  it('takes the place of the configmap, each half by itself', async () => {
    const configMap = configMapOf({
      clientCaPem: at.b.certPem,
      requestHeader: { caPem: at.b.certPem, ...HEADERS, allowedNames: ['of the cluster'] },
    })
    const path = await fileWith('ca.crt', `${at.a.certPem}\n`)
    const client = await trustOf({ configMap, files: { ...NO_FILES, clientCaFile: path } })
    expect(client.current().clientCaPem).toContain(at.a.certPem)
    expect(client.current().requestHeader?.allowedNames).toEqual(['of the cluster'])
    const proxy = await trustOf({ configMap, files: { ...NO_FILES, requestHeader: { caFile: path, ...HEADERS } } })
    expect(proxy.current().clientCaPem).toBe(at.b.certPem)
    expect(proxy.current().requestHeader).toMatchObject({ allowedNames: ['proxy'], usernameHeaders: ['X-Remote-User'] })
  })

  it('is all there is when the configmap is not looked up', async () => {
    const trust = await trustOf()
    expect(trust.current()).toEqual(NOTHING)
  })

  it.each<[string, string | undefined, RegExp]>([
    ['is missing', undefined, /ca\.crt cannot be read: ENOENT/],
    ['is empty', '', /it holds no certificate/],
    [
      'is cut short',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /it holds a certificate that cannot be read \(number 1\)/,
    ],
    ['is too large', 'x'.repeat((1 << 20) + 5), /it is larger than 1048576 bytes/],
  ])('fails at the start when a file %s', async (_, text, message) => {
    const path = text === undefined ? join(folder.path, 'ca.crt') : await fileWith('ca.crt', text)
    const files = { ...NO_FILES, clientCaFile: path }
    const created = trustOf({ files })
    await expect(created).rejects.toThrow(UnusableError)
    await expect(created).rejects.toThrow(message)
  })

  it('follows a file, also through a symlink that is turned, and keeps it through a broken one', async () => {
    for (const [name, authority] of [['one', at.a] as const, ['two', at.b] as const]) {
      await mkdir(join(folder.path, name))
      await writeFile(join(folder.path, name, 'ca.crt'), authority.certPem)
    }
    await symlink('one', join(folder.path, '..data'))
    const clock = createManualClock()
    const faults = createRecordingFaults()
    const files = { ...NO_FILES, clientCaFile: join(folder.path, '..data', 'ca.crt') }
    const follower = followerOf(clock, faults)
    const trust = await trustOf({ files, follower, faults })
    let changes = 0
    trust.onChange(() => changes++)
    follower.start()
    expect(trust.current().clientCaPem).toBe(at.a.certPem)

    await symlink('two', join(folder.path, 'fresh'))
    await rename(join(folder.path, 'fresh'), join(folder.path, '..data'))
    await turnUntil(clock, () => changes === 1)
    expect(trust.current().clientCaPem).toBe(at.b.certPem)

    await writeFile(join(folder.path, 'two', 'ca.crt'), 'broken')
    await turnUntil(clock, () => faults.open.size === 1)
    expect([...faults.open.values()][0]).toMatch(/what was there before stays in use: .*it holds no certificate/)
    expect(trust.current().clientCaPem).toBe(at.b.certPem)

    await writeFile(join(folder.path, 'two', 'ca.crt'), at.a.certPem)
    await turnUntil(clock, () => changes === 2)
    expect(faults.open.size).toBe(0)
    expect(trust.current().clientCaPem).toBe(at.a.certPem)
    follower.stop()
  })
})
