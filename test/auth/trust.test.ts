import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../certs/authority.ts'
import type { AuthenticationTrust } from '../../src/auth/authentication-trust.ts'
import { CaFileError } from '../../src/auth/ca-file.ts'
import { createTrust } from '../../src/auth/trust.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'
import { turnUntil } from '../support/turn-until.ts'

const HEADERS = {
  allowedNames: ['proxy'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: [],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
const NO_FILES = { clientCaFile: undefined, requestHeader: { caFile: undefined, ...HEADERS } }
const NOTHING: AuthenticationTrust = { clientCaPem: undefined, requestHeader: undefined }

let a: Authority
let b: Authority
let folder: string
beforeAll(async () => {
  a = await createAuthority('a')
  b = await createAuthority('b')
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trust-'))
})
const folders: string[] = []
beforeEach(() => void folders.push(folder))
afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true })
})

function configMapOf(initial: AuthenticationTrust | undefined) {
  let current = initial
  const listeners: (() => void)[] = []
  return {
    current: () => current,
    onChange: (listener: () => void) => void listeners.push(listener),
    set(next: AuthenticationTrust | undefined) {
      current = next
      for (const listener of listeners) listener()
    },
  }
}

describe('trust from the configmap', () => {
  it('is nothing until it is known, and follows it', async () => {
    const configMap = configMapOf(undefined)
    const trust = await createTrust({
      files: NO_FILES,
      configMap,
      clock: createManualClock(),
      faults: createRecordingFaults(),
    })
    expect(trust.current()).toEqual(NOTHING)
    expect(trust.caPem()).toEqual([])
    const changes: number[] = []
    trust.onChange(() => changes.push(trust.generation()))
    configMap.set({ clientCaPem: a.certPem, requestHeader: { caPem: b.certPem, ...HEADERS } })
    expect(trust.current()).toEqual({ clientCaPem: a.certPem, requestHeader: { caPem: b.certPem, ...HEADERS } })
    expect(trust.caPem()).toHaveLength(2)
    configMap.set({ clientCaPem: a.certPem, requestHeader: { caPem: b.certPem, ...HEADERS } })
    configMap.set({ clientCaPem: a.certPem, requestHeader: { caPem: b.certPem, ...HEADERS, allowedNames: ['other'] } })
    expect(changes).toEqual([1, 2])
  })

  it('keeps a bundle that is replaced by a broken one, is lost, or goes with the configmap', async () => {
    const configMap = configMapOf({ clientCaPem: a.certPem, requestHeader: { caPem: b.certPem, ...HEADERS } })
    const faults = createRecordingFaults()
    const trust = await createTrust({ files: NO_FILES, configMap, clock: createManualClock(), faults })
    const before = trust.current()
    configMap.set({ clientCaPem: 'broken', requestHeader: { caPem: '', ...HEADERS } })
    expect(trust.current()).toEqual(before)
    expect([...faults.open.keys()]).toEqual(['client-ca-file', 'requestheader-client-ca-file'])
    configMap.set(NOTHING)
    configMap.set(undefined)
    expect(trust.current()).toEqual(before)
    expect(trust.generation()).toBe(1)
    configMap.set(before)
    expect(faults.open.size).toBe(0)
  })

  it('takes no empty header name or prefix, which would match any', async () => {
    const requestHeader = {
      caPem: b.certPem,
      ...HEADERS,
      usernameHeaders: [' X-User '],
      extraHeaderPrefixes: ['', ' '],
    }
    const configMap = configMapOf({ clientCaPem: undefined, requestHeader })
    const trust = await createTrust({
      files: NO_FILES,
      configMap,
      clock: createManualClock(),
      faults: createRecordingFaults(),
    })
    expect(trust.current().requestHeader).toMatchObject({ usernameHeaders: ['X-User'], extraHeaderPrefixes: [] })
  })

  it('names a certificate of both bundles once to the TLS server', async () => {
    const configMap = configMapOf({
      clientCaPem: `${a.certPem}\n${b.certPem}`,
      requestHeader: { caPem: b.certPem, ...HEADERS },
    })
    const trust = await createTrust({
      files: NO_FILES,
      configMap,
      clock: createManualClock(),
      faults: createRecordingFaults(),
    })
    expect(trust.caPem()).toHaveLength(2)
  })
})

describe('trust from files', () => {
  const fileWith = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  it('takes the place of the configmap, each half by itself', async () => {
    const configMap = configMapOf({
      clientCaPem: b.certPem,
      requestHeader: { caPem: b.certPem, ...HEADERS, allowedNames: ['of the cluster'] },
    })
    const options = { configMap, clock: createManualClock(), faults: createRecordingFaults() }
    const path = await fileWith('ca.crt', `${a.certPem}\n`)
    const client = await createTrust({ ...options, files: { ...NO_FILES, clientCaFile: path } })
    expect(client.current().clientCaPem).toContain(a.certPem)
    expect(client.current().requestHeader?.allowedNames).toEqual(['of the cluster'])
    const proxy = await createTrust({ ...options, files: { ...NO_FILES, requestHeader: { caFile: path, ...HEADERS } } })
    expect(proxy.current().clientCaPem).toBe(b.certPem)
    expect(proxy.current().requestHeader).toMatchObject({ allowedNames: ['proxy'], usernameHeaders: ['X-Remote-User'] })
  })

  it('is all there is when the configmap is not looked up', async () => {
    const trust = await createTrust({
      files: NO_FILES,
      configMap: undefined,
      clock: createManualClock(),
      faults: createRecordingFaults(),
    })
    expect(trust.current()).toEqual(NOTHING)
  })

  it.each<[string, string | undefined, RegExp]>([
    ['is missing', undefined, /ca\.crt is not usable: ENOENT/],
    ['is empty', '', /it has no certificate in it/],
    [
      'is cut short',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /its certificate number 1 cannot be read/,
    ],
    ['is too large', 'x'.repeat((1 << 20) + 5), /it is larger than 1048576 bytes/],
  ])('fails at the start when a file %s', async (_, text, message) => {
    const path = text === undefined ? join(folder, 'ca.crt') : await fileWith('ca.crt', text)
    const files = { ...NO_FILES, clientCaFile: path }
    const created = createTrust({
      files,
      configMap: undefined,
      clock: createManualClock(),
      faults: createRecordingFaults(),
    })
    await expect(created).rejects.toThrow(CaFileError)
    await expect(created).rejects.toThrow(message)
  })

  it('follows a file, also through a symlink that is turned, and keeps it through a broken one', async () => {
    for (const [name, authority] of [['one', a] as const, ['two', b] as const]) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'ca.crt'), authority.certPem)
    }
    await symlink('one', join(folder, '..data'))
    const clock = createManualClock()
    const faults = createRecordingFaults()
    const files = { ...NO_FILES, clientCaFile: join(folder, '..data', 'ca.crt') }
    const trust = await createTrust({ files, configMap: undefined, clock, faults })
    let changes = 0
    trust.onChange(() => changes++)
    trust.start()
    expect(trust.current().clientCaPem).toBe(a.certPem)

    await symlink('two', join(folder, 'fresh'))
    await rename(join(folder, 'fresh'), join(folder, '..data'))
    await turnUntil(clock, () => changes === 1)
    expect(trust.current().clientCaPem).toBe(b.certPem)

    await writeFile(join(folder, 'two', 'ca.crt'), 'broken')
    await turnUntil(clock, () => faults.open.size === 1)
    expect([...faults.open.values()][0]).toMatch(/it has no certificate in it; what it held before stays in force/)
    expect(trust.current().clientCaPem).toBe(b.certPem)

    await writeFile(join(folder, 'two', 'ca.crt'), a.certPem)
    await turnUntil(clock, () => changes === 2)
    expect(faults.open.size).toBe(0)
    expect(trust.current().clientCaPem).toBe(a.certPem)
    trust.stop()
  })
})
