import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../../certs/authority.ts'
import { useTemporaryFolder } from '../../support/temporary-folder.ts'
import { turnUntil } from '../../support/turn-until.ts'
import { base64, createAccessMaker, kubeconfigOf } from './credentials-fixture.ts'

const folder = useTemporaryFolder()
const at = createAccessMaker()
let authority: Authority
let one: Pair
let two: Pair
beforeAll(async () => {
  authority = await createAuthority('cluster')
  const issue = (commonName: string) => authority.issue({ commonName, usage: 'client' })
  ;[one, two] = await Promise.all([issue('one'), issue('two')])
})

const path = (name: string) => join(folder.path, name)
const put = (name: string, text: string) => writeFile(path(name), text)
/** Puts a whole file in the place of another. */
async function replace(name: string, text: string): Promise<void> {
  await put(`${name}.new`, text)
  await rename(path(`${name}.new`), path(name))
}
const withToken = (token: string, server = 'https://one:6443') =>
  kubeconfigOf(`{server: "${server}"}`, `{token: ${token}}`)

/** Counts the changes of where the apiserver is. */
async function opened(name = 'kubeconfig') {
  const credentials = await at.open(path(name))
  let changes = 0
  credentials.onChange(() => changes++)
  return { credentials, changes: () => changes }
}

describe('a kubeconfig that is replaced', () => {
  it.each([
    ['in place', put],
    ['atomically', replace],
  ])('%s gives its new server and token together', async (_way, write) => {
    await put('kubeconfig', withToken('first'))
    const { credentials, changes } = await opened()
    await write('kubeconfig', withToken('second', 'https://two:6443/prefix'))
    await turnUntil(at.clock, () => changes() === 1)
    expect(credentials.server.href).toBe('https://two:6443/prefix')
    expect(await credentials.authorization()).toBe('Bearer second')
  })

  it('by a symlink that is turned, as a mounted Secret is, is read', async () => {
    for (const [name, server] of Object.entries({ a: 'https://one', b: 'https://two' })) {
      await mkdir(path(name))
      await put(`${name}/kubeconfig`, withToken('t', server))
    }
    await symlink('a', path('..data'))
    await symlink('..data/kubeconfig', path('kubeconfig'))
    const { credentials, changes } = await opened()
    await symlink('b', path('..new'))
    await rename(path('..new'), path('..data'))
    await turnUntil(at.clock, () => changes() === 1)
    expect(credentials.server.host).toBe('two')
  })

  it('only in its token makes no new connections', async () => {
    await put('kubeconfig', withToken('first'))
    const { credentials, changes } = await opened()
    await put('kubeconfig', withToken('second'))
    await at.clock.advance(10_000)
    await expect.poll(() => credentials.authorization()).toBe('Bearer second')
    expect(changes()).toBe(0)
  })

  it('by something broken stays as it was, which is reported without a word of it, and fixed by the next', async () => {
    await put('kubeconfig', withToken('first'))
    const { credentials, changes } = await opened()
    await put('kubeconfig', 'users: [{name: u, user: {token: "secret"')
    await turnUntil(at.clock, () => at.faults.open.size === 1)
    const [fault = ''] = at.faults.open.values()
    expect(fault).toMatch(/what was there before stays in use: kubeconfig .*: not valid YAML: /)
    expect(fault).not.toContain('secret')
    expect(await credentials.authorization()).toBe('Bearer first')
    await put('kubeconfig', withToken('third', 'https://three'))
    await turnUntil(at.clock, () => changes() === 1)
    expect(at.faults.open.size).toBe(0)
    expect(await credentials.authorization()).toBe('Bearer third')
  })

  it('met half written at one look is no fault', async () => {
    await put('kubeconfig', withToken('first'))
    const { credentials } = await opened()
    await put('kubeconfig', '')
    await at.clock.advance(10_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await put('kubeconfig', withToken('second'))
    await at.clock.advance(10_000)
    await expect.poll(() => credentials.authorization()).toBe('Bearer second')
    expect(at.faults.reported).toEqual([])
  })
})

describe('the files that a kubeconfig names', () => {
  const named = () =>
    kubeconfigOf(
      '{server: "https://one", certificate-authority: ca}',
      '{client-certificate: cert, client-key: key, tokenFile: token}',
    )

  it('are used when they are replaced, the pair only when its halves belong together', async () => {
    await put('kubeconfig', named())
    await Promise.all([
      put('ca', authority.certPem),
      put('cert', one.certPem),
      put('key', one.keyPem),
      put('token', 'a'),
    ])
    const { credentials, changes } = await opened()
    expect(credentials.tls.cert).toBe(one.certPem)

    await replace('cert', two.certPem)
    await turnUntil(at.clock, () => at.faults.open.size === 1)
    expect([...at.faults.open.values()][0]).toMatch(
      /stays in use: the private key .*key does not belong to the certificate .*cert/,
    )
    expect(credentials.tls.cert).toBe(one.certPem)

    await replace('key', two.keyPem)
    await put('token', 'b\n')
    await turnUntil(at.clock, () => changes() === 1)
    expect(credentials.tls).toMatchObject({ cert: two.certPem, key: two.keyPem })
    expect(await credentials.authorization()).toBe('Bearer b')

    const other = await createAuthority('other')
    await replace('ca', other.certPem)
    await turnUntil(at.clock, () => changes() === 2)
    expect(credentials.tls.ca).toBe(other.certPem)
  })

  it('may become data in it', async () => {
    await put('kubeconfig', kubeconfigOf('{server: "https://one"}', '{tokenFile: token}'))
    await put('token', 'a')
    const { credentials, changes } = await opened()
    const data = `{client-certificate-data: ${base64(two.certPem)}, client-key-data: ${base64(two.keyPem)}}`
    await put('kubeconfig', kubeconfigOf('{server: "https://one"}', data))
    await turnUntil(at.clock, () => changes() === 1)
    expect(credentials.tls.cert).toBe(two.certPem)
    expect(await credentials.authorization()).toBeUndefined()
  })
})
