import { X509Certificate } from 'node:crypto'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UnusableError } from '../../src/files/text-file.ts'
import { turnUntil } from '../support/turn-until.ts'
import { endOf, nameOf, useServing } from './serving-fixture.ts'

const at = useServing()
const { crt, key, put, setUp } = at
const given = () => ({ certFile: crt(), keyFile: key() })

describe('given files', () => {
  it('are served', async () => {
    await put(at.one)
    const serving = await setUp(given()).load()
    expect(serving.current()).toMatchObject(at.one)
    expect(endOf(serving)).toBe(new X509Certificate(at.one.certPem).validToDate.getTime())
  })

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'without a key',
      () => writeFile(crt(), at.one.certPem),
      /the private key .*apiserver\.key cannot be read: ENOENT/,
    ],
    [
      'without a certificate',
      () => writeFile(key(), at.one.keyPem),
      /the certificate .*apiserver\.crt cannot be read: ENOENT/,
    ],
    ['that are both missing', async () => {}, /apiserver\.crt cannot be read: ENOENT/],
    [
      'that do not match',
      () => put({ ...at.one, keyPem: at.two.keyPem }),
      /apiserver\.key does not belong to .*apiserver\.crt/,
    ],
    ['with a broken certificate', () => put({ ...at.one, certPem: 'x' }), /apiserver\.crt holds no certificate/],
    [
      'with a broken key',
      () => put({ ...at.one, keyPem: at.one.keyPem.slice(0, 80) }),
      /apiserver\.key holds no private key/,
    ],
    [
      'the wrong way round',
      () => put({ certPem: at.one.keyPem, keyPem: at.one.certPem }),
      /apiserver\.crt holds no certificate/,
    ],
  ])('%s are an error that names the file and shows nothing of it', async (_, write, message) => {
    await write()
    const error = await setUp(given())
      .load()
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(UnusableError)
    expect(String(error)).toMatch(message)
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain(at.one.keyPem.slice(40, 60))
  })

  it('must be both given', async () => {
    await expect(setUp({ certFile: crt() }).load()).rejects.toThrow('must be given together')
    await expect(setUp({ keyFile: key() }).load()).rejects.toThrow('must be given together')
  })

  it('are served anew when they change, also through a symlink, and kept through a broken replacement', async () => {
    for (const [name, pair] of [['a', at.one] as const, ['b', at.two] as const]) {
      await mkdir(join(at.folder, name))
      await put(pair, join(at.folder, name))
    }
    await symlink('a', join(at.folder, '..data'))
    const inData = (file: string) => join(at.folder, '..data', file)
    const { clock, faults, follower, load } = setUp({
      certFile: inData('apiserver.crt'),
      keyFile: inData('apiserver.key'),
    })
    const serving = await load()
    let changes = 0
    serving.onChange(() => changes++)
    follower.start()
    expect(nameOf(serving.current().certPem)).toBe('CN=one')

    await symlink('b', join(at.folder, 'fresh'))
    await rename(join(at.folder, 'fresh'), join(at.folder, '..data'))
    await turnUntil(clock, () => changes === 1)
    expect(serving.current()).toMatchObject(at.two)

    await writeFile(inData('apiserver.crt'), at.one.certPem)
    await turnUntil(clock, () => faults.open.size === 1)
    expect([...faults.open.values()][0]).toMatch(/what was there before stays in use: .*does not belong to /)
    expect(serving.current()).toMatchObject(at.two)

    await writeFile(inData('apiserver.key'), at.one.keyPem)
    await turnUntil(clock, () => changes === 2)
    expect(serving.current()).toMatchObject(at.one)
    expect(faults.open.size).toBe(0)

    follower.stop()
    await put(at.two, join(at.folder, 'b'))
    let minutes = 0
    await turnUntil(clock, () => ++minutes > 5)
    expect(changes).toBe(2)
  })
})
