import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../../certs/authority.ts'
import type { ApiserverCredentials } from '../../../src/cluster/credentials/apiserver-credentials.ts'
import { loadApiserverCredentials } from '../../../src/cluster/credentials/load.ts'
import { UnusableError } from '../../../src/files/text-file.ts'
import { useTemporaryFolder } from '../../support/temporary-folder.ts'
import { base64, createAccessMaker, kubeconfigOf } from './credentials-fixture.ts'

const folder = useTemporaryFolder()
const maker = createAccessMaker()
const { open } = maker
let authority: Authority
let pair: Pair
beforeAll(async () => {
  authority = await createAuthority('cluster')
  pair = await authority.issue({ commonName: 'me', usage: 'client' })
})

/** Writes a kubeconfig of one context and reads it; `cluster` and `user` are inner YAML in flow style. */
async function load(cluster: string, user = '{}'): Promise<ApiserverCredentials> {
  const kubeconfig = join(folder.path, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigOf(cluster, user))
  return open(kubeconfig)
}
const SERVER = '{server: "https://example:6443"}'

describe('a kubeconfig', () => {
  it('names a proxy, which goes before that of the environment and its exceptions', async () => {
    const kubeconfig = join(folder.path, 'kubeconfig')
    const openWith = async (cluster: string, env: Record<string, string>) => {
      await writeFile(kubeconfig, kubeconfigOf(cluster))
      const { proxy } = await loadApiserverCredentials({ ...maker, kubeconfig, env })
      return proxy && `${proxy.url.href} ${proxy.namedBy}`
    }
    const env = { HTTPS_PROXY: 'http://env:3128', NO_PROXY: '.corp' }
    const own = 'proxy-url: "http://own:3128"'
    expect(await openWith(`{server: "https://api.corp", ${own}}`, env)).toBe('http://own:3128/ proxy-url')
    expect(await openWith('{server: "https://api.corp"}', env)).toBeUndefined()
    expect(await openWith('{server: "https://api.other"}', env)).toBe('http://env:3128/ HTTPS_PROXY')
    expect(await openWith('{server: "https://api.other"}', {})).toBeUndefined()
    await expect(openWith('{server: "https://api.other"}', { https_proxy: 'ftp://u:12345678@p' })).rejects.toThrow(
      /^the environment variable https_proxy cannot be used: .*ftp are not supported/,
    )
  })

  it('gives server, authority, server name and token', async () => {
    const credentials = await load(
      `{server: "https://[fd00::1]:6443/k8s/c1", certificate-authority-data: ${base64(authority.certPem)}, tls-server-name: api}`,
      '{token: secret}',
    )
    expect(credentials.server.href).toBe('https://[fd00::1]:6443/k8s/c1')
    expect(credentials.tls).toEqual({
      ca: authority.certPem,
      cert: undefined,
      key: undefined,
      servername: 'api',
      insecure: false,
    })
    expect(await credentials.authorization()).toBe('Bearer secret')
  })

  it('finds files relative to its own folder', async () => {
    await mkdir(join(folder.path, 'pki'))
    const { certPem: cert, keyPem: key } = pair
    for (const [name, pem] of Object.entries({ ca: authority.certPem, cert, key })) {
      await writeFile(join(folder.path, 'pki', name), pem)
    }
    const credentials = await load(
      '{server: "https://example", certificate-authority: pki/ca}',
      '{client-certificate: ./pki/cert, client-key: pki/key}',
    )
    expect(credentials.tls).toMatchObject({ ca: authority.certPem, cert, key })
    expect(await credentials.authorization()).toBeUndefined()
  })

  it('prefers data to files, and a token file to a token', async () => {
    await writeFile(join(folder.path, 'token'), 'from-file\n')
    const credentials = await load(
      `{server: "https://example", certificate-authority: gone, certificate-authority-data: ${base64(authority.certPem)}}`,
      '{token: from-text, tokenFile: token}',
    )
    expect(credentials.tls.ca).toBe(authority.certPem)
    expect(await credentials.authorization()).toBe('Bearer from-file')
  })

  it("takes an auth-provider's token, and tells nothing of one that no header can hold", async () => {
    const provider = (token: string) =>
      `{auth-provider: {name: azure, config: {access-token: "${token}", expires-on: "${2 ** 33}"}}}`
    expect(await (await load(SERVER, provider('good'))).authorization()).toBe('Bearer good')
    const failed = await load(SERVER, provider('s3cr\\net')).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UnusableError)
    expect(inspect(failed)).not.toContain('s3cr')
  })

  it('takes a name and a password', async () => {
    const credentials = await load(SERVER, '{username: me, password: pass}')
    expect(await credentials.authorization()).toBe(`Basic ${base64('me:pass')}`)
  })

  it.each([
    ['no server', '{}', '{}', /cluster "c": server is not set/],
    ['a server that is no URL', '{server: "example:6443"}', '{}', /server is no http or https URL/],
    [
      'a missing file',
      '{server: "https://e", certificate-authority: gone}',
      '{}',
      /certificate-authority file .*gone.* ENOENT/,
    ],
    [
      'broken base64',
      '{server: "https://e", certificate-authority-data: "§§"}',
      '{}',
      /certificate-authority-data is not base64/,
    ],
    [
      'insecure with an authority',
      `{server: "https://e", insecure-skip-tls-verify: true, certificate-authority-data: ${base64('CA')}}`,
      '{}',
      /exclude each other/,
    ],
    [
      'a certificate without key',
      SERVER,
      `{client-certificate-data: ${base64('C')}}`,
      /user "u": client-certificate is set without client-key/,
    ],
    [
      'a key without certificate',
      SERVER,
      `{client-key-data: ${base64('K')}}`,
      /client-key is set without client-certificate/,
    ],
    [
      'an authority that is none',
      `{server: "https://e", certificate-authority-data: ${base64('CA')}}`,
      '{}',
      /cluster "c": certificate-authority-data holds no certificate/,
    ],
    [
      'a certificate that is none',
      SERVER,
      `{client-certificate-data: ${base64('C')}, client-key-data: ${base64('K')}}`,
      /user "u": client-certificate-data holds no certificate/,
    ],
    ['a token that is a number', SERVER, '{token: 12345678}', /token must be a string/],
    ['a missing token file', SERVER, '{tokenFile: gone}', /token file .*gone cannot be read: ENOENT/],
    ['impersonation', SERVER, '{as: admin}', /as \(impersonation\) is not supported/],
    [
      'a proxy of another kind',
      '{server: "https://e", proxy-url: "ftp://12345678@p"}',
      '{}',
      /proxy-url cannot be used: .*scheme ftp/,
    ],
    [
      'a proxy that is no URL',
      '{server: "https://e", proxy-url: "12345678"}',
      '{}',
      /proxy-url cannot be used: it is no URL/,
    ],
  ])('%s is an error that names the place', async (_name, cluster, user, message) => {
    const error: unknown = await load(cluster, user).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnusableError)
    expect(String(error)).toMatch(message)
    expect(String(error)).not.toContain('12345678')
  })

  it.each([
    ['no current-context', 'clusters: []', /current-context is not set/],
    ['a context that is not there', 'current-context: x', /there is no context "x"/],
    [
      'a cluster that is not there',
      'current-context: x\ncontexts: [{name: x, context: {cluster: c}}]',
      /there is no cluster "c"/,
    ],
    ['no YAML', 'users: [{name: u, user: {token: "secret"', /not valid YAML/],
  ])('%s is an error', async (_name, content, message) => {
    const kubeconfig = join(folder.path, 'kubeconfig')
    await writeFile(kubeconfig, content)
    const error: unknown = await open(kubeconfig).catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(message)
    expect(`${error}${(error as Error).cause}`).not.toContain('secret')
  })

  it('a kubeconfig that is not there is named', async () => {
    const kubeconfig = join(folder.path, 'gone')
    await expect(open(kubeconfig)).rejects.toThrow(`${kubeconfig} cannot be read: ENOENT`)
  })
})

describe('a kubeconfig that others may read', () => {
  const warnings = () => maker.log.lines.map(({ fields }) => fields?.path)
  const kubeconfig = () => join(folder.path, 'kubeconfig')

  it.each([
    ['a token', '{token: abc}', true],
    [
      'a key',
      () => `{client-certificate-data: ${base64(pair.certPem)}, client-key-data: ${base64(pair.keyPem)}}`,
      true,
    ],
    ['no secret', '{}', false],
  ])('with %s in it', async (_, user, isWarned) => {
    await load(SERVER, typeof user === 'string' ? user : user())
    expect(warnings()).toEqual(isWarned ? [kubeconfig()] : [])
  })

  it('is warned of for its key file, once, and not when the file is closed', async () => {
    const [certFile, keyFile] = [join(folder.path, 'cert'), join(folder.path, 'key')]
    await writeFile(certFile, pair.certPem)
    await writeFile(keyFile, pair.keyPem, { mode: 0o644 })
    const user = '{client-certificate: cert, client-key: key}'
    const credentials = await load(SERVER, user)
    expect(warnings()).toEqual([keyFile])
    await credentials.renew()
    expect(warnings()).toEqual([keyFile])
    await chmod(keyFile, 0o600)
    await load(SERVER, user)
    expect(warnings()).toEqual([keyFile])
  })
})
