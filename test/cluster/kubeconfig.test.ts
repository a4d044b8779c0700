import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ClusterAccess, loadClusterAccess } from '../../src/cluster/access.ts'
import { ClusterAccessError } from '../../src/cluster/access-error.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

const folder = useTemporaryFolder()
let clock: ManualClock
beforeEach(() => {
  clock = createManualClock()
})

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Writes a kubeconfig of one context and reads it; `cluster` and `user` are inner YAML in flow style. */
async function load(cluster: string, user = '{}', more = ''): Promise<ClusterAccess> {
  const kubeconfig = join(folder.path, 'kubeconfig')
  await writeFile(
    kubeconfig,
    `apiVersion: v1
kind: Config
current-context: x
contexts: [{name: other, context: {cluster: no, user: no}}, {name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
${more}`,
  )
  return loadClusterAccess({ kubeconfig, env: {}, clock })
}
const SERVER = '{server: "https://example:6443"}'

describe('a kubeconfig', () => {
  it('gives server, authority, server name and token', async () => {
    const access = await load(
      `{server: "https://[fd00::1]:6443/k8s/c1", certificate-authority-data: ${base64('CA')}, tls-server-name: api}`,
      '{token: secret}',
    )
    expect(access.server.href).toBe('https://[fd00::1]:6443/k8s/c1')
    expect(access.tls).toEqual({ ca: 'CA', cert: undefined, key: undefined, servername: 'api', insecure: false })
    expect(await access.authorization()).toBe('Bearer secret')
  })

  it('finds files relative to its own folder', async () => {
    await mkdir(join(folder.path, 'pki'))
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder.path, 'pki', name), name.toUpperCase())
    const access = await load(
      '{server: "https://example", certificate-authority: pki/ca}',
      '{client-certificate: ./pki/cert, client-key: pki/key}',
    )
    expect(access.tls).toMatchObject({ ca: 'CA', cert: 'CERT', key: 'KEY' })
    expect(await access.authorization()).toBeUndefined()
  })

  it('reads replaced certificate files anew', async () => {
    for (const name of ['cert', 'key']) await writeFile(join(folder.path, name), 'old')
    const access = await load(SERVER, '{client-certificate: cert, client-key: key}')
    expect(await access.reloadTls()).toBe(false)
    for (const name of ['cert', 'key']) await writeFile(join(folder.path, name), 'new')
    expect(await access.reloadTls()).toBe(true)
    expect(access.tls.cert).toBe('new')
  })

  it('prefers data to files, and a token file to a token', async () => {
    await writeFile(join(folder.path, 'token'), 'from-file\n')
    const access = await load(
      `{server: "https://example", certificate-authority: gone, certificate-authority-data: ${base64('CA')}}`,
      '{token: from-text, tokenFile: token}',
    )
    expect(access.tls.ca).toBe('CA')
    expect(await access.authorization()).toBe('Bearer from-file')
  })

  it('takes a name and a password', async () => {
    const access = await load(SERVER, '{username: me, password: pass}')
    expect(await access.authorization()).toBe(`Basic ${base64('me:pass')}`)
  })

  it('runs an exec plugin for a token and a certificate, and again when the token is refused', async () => {
    const count = join(folder.path, 'count')
    const plugin = join(folder.path, 'plugin.sh')
    await writeFile(
      plugin,
      `#!/bin/sh
echo x >> ${count}
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%s","clientCertificateData":"CERT","clientKeyData":"KEY"}}' $(wc -l < ${count})
`,
    )
    const access = await load(
      SERVER,
      `{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [${plugin}], interactiveMode: Never}}`,
    )
    expect(access.tls).toMatchObject({ cert: 'CERT', key: 'KEY' })
    expect(await access.authorization()).toBe('Bearer t1')
    access.invalidate()
    expect(await access.authorization()).toBe('Bearer t2')
  })

  it('names a plugin that fails, and repeats nothing that it printed', async () => {
    const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ["-c", "echo secret >&2; exit 1"]}}`
    const error: unknown = await load(SERVER, user).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ClusterAccessError)
    expect(String(error)).toMatch(/context "x", user "u": the credential plugin failed/)
    expect(`${error}${(error as Error).stack}`).not.toContain('secret')
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
    ['a token that is a number', SERVER, '{token: 12345678}', /token must be a string/],
    ['a missing token file', SERVER, '{tokenFile: gone}', /token file .*gone cannot be read: ENOENT/],
    ['impersonation', SERVER, '{as: admin}', /as \(impersonation\) is not supported/],
    ['a proxy', '{server: "https://e", proxy-url: "http://p"}', '{}', /proxy-url is not supported/],
  ])('%s is an error that names the place', async (_name, cluster, user, message) => {
    const error: unknown = await load(cluster, user).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ClusterAccessError)
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
    const error: unknown = await loadClusterAccess({ kubeconfig, env: {}, clock }).catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(message)
    expect(`${error}${(error as Error).cause}`).not.toContain('secret')
  })

  it('a kubeconfig that is not there is named', async () => {
    const kubeconfig = join(folder.path, 'gone')
    await expect(loadClusterAccess({ kubeconfig, env: {}, clock })).rejects.toThrow(
      `${kubeconfig} cannot be read: ENOENT`,
    )
  })
})
