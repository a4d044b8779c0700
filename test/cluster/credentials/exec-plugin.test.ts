import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, type Pair } from '../../../certs/authority.ts'
import { UnusableError } from '../../../src/files/text-file.ts'
import { useTemporaryFolder } from '../../support/temporary-folder.ts'
import { createAccessMaker, kubeconfigOf } from './credentials-fixture.ts'

const folder = useTemporaryFolder()
const at = createAccessMaker()
const CLUSTER = '{server: "https://example:6443", tls-server-name: api}'
let pair: Pair
beforeAll(async () => {
  pair = await (await createAuthority('cluster')).issue({ commonName: 'me', usage: 'client' })
})

/** Opens a kubeconfig whose user is the plugin of these shell lines. */
async function openWith(script: string, more = '') {
  await writeFile(join(folder.path, 'plugin.sh'), script)
  const exec = `{apiVersion: client.authentication.k8s.io/v1, command: sh, args: [${folder.path}/plugin.sh], interactiveMode: Never${more}}`
  await writeFile(join(folder.path, 'kubeconfig'), kubeconfigOf(CLUSTER, `{exec: ${exec}}`))
  return at.open(join(folder.path, 'kubeconfig'))
}

const credential = (status: object): string =>
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })

/** Prints a token that counts its runs, with more beside it. */
const counting = (more: object) => `echo x >> ${folder.path}/count
sed "s/COUNT/$(wc -l < ${folder.path}/count | tr -d ' ')/" <<'END'
${credential({ token: 'tCOUNT', ...more })}
END
`

describe('an exec plugin', () => {
  it('gives a token and a certificate, and is run again when the token is refused', async () => {
    const credentials = await openWith(counting({ clientCertificateData: pair.certPem, clientKeyData: pair.keyPem }))
    expect(credentials.tls).toMatchObject({ cert: pair.certPem, key: pair.keyPem })
    await at.clock.advance(60_000)
    expect(await credentials.authorization()).toBe('Bearer t1')
    credentials.invalidate()
    expect(await credentials.authorization()).toBe('Bearer t2')
  })

  it('is run again before what it gave expires', async () => {
    const expirationTimestamp = new Date(at.clock.wallMs() + 3_600_000).toISOString()
    const credentials = await openWith(counting({ expirationTimestamp }))
    await at.clock.advance(3_580_000)
    expect(await credentials.authorization()).toBe('Bearer t1')
    await at.clock.advance(10_000)
    await expect.poll(() => credentials.authorization()).toBe('Bearer t2')
  })

  it('is told of the cluster when it asks for that', async () => {
    const seen = join(folder.path, 'seen')
    const env = `, env: [{name: MINE, value: "1"}], provideClusterInfo: true`
    await openWith(
      `printf '%s %s' "$MINE" "$KUBERNETES_EXEC_INFO" > ${seen}; echo '${credential({ token: 't' })}'`,
      env,
    )
    const [mine, info] = (await readFile(seen, 'utf8')).split(/ (.*)/s)
    expect(mine).toBe('1')
    expect(JSON.parse(info ?? '')).toEqual({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false, cluster: { server: 'https://example:6443', 'tls-server-name': 'api' } },
    })
  })

  it('that cannot be run with what it is to be given is no reason to tell that', async () => {
    const failed = await openWith('', ', env: [{name: KEY, value: "s3cret\\0"}]').catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UnusableError)
    expect(String(failed)).toMatch(/user "u": exec has .* \(a zero byte\)$/)
    expect(inspect(failed)).not.toContain('s3cret')
  })

  it('that hangs is told of, given up after half a minute, and ended with all that it started', async () => {
    const children = join(folder.path, 'children')
    const opened = openWith(`sleep 600 & echo $$ $! > ${children}; wait`)
    const outcome = opened.catch((error: unknown) => error)
    const pidsOf = () =>
      readFile(children, 'utf8').then(
        (text) => text.trim().split(' ').map(Number),
        () => [],
      )
    await expect.poll(pidsOf).toHaveLength(2)
    await at.clock.advance(5_000)
    expect(at.log.lines.map(({ message }) => message)).toEqual(['Waiting for a credential plugin'])
    await at.clock.advance(25_000)
    expect(await outcome).toBeInstanceOf(UnusableError)
    expect(String(await outcome)).toMatch(/user "u": the credential plugin did not answer within 30 s$/)
    const isAlive = (pid: number) =>
      readFile(`/proc/${pid}/stat`, 'utf8').then(
        (s) => !/\) Z /.test(s),
        () => false,
      )
    for (const pid of await pidsOf()) await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('that fails later on leaves what it gave before in use, and is reported', async () => {
    const expirationTimestamp = new Date(at.clock.wallMs() + 3_600_000).toISOString()
    const credentials = await openWith(counting({ expirationTimestamp }))
    await writeFile(join(folder.path, 'plugin.sh'), 'exit 3')
    at.clock.jumpWall(3_600_000)
    // Slower than half a minute of the clock for the run of a plugin.
    const faults = () => at.clock.advance(1000).then(() => at.faults.open.size)
    await expect.poll(faults, { interval: 50, timeout: 10_000 }).toBe(1)
    expect([...at.faults.open.values()][0]).toMatch(/stays in use: .*the credential plugin sh failed with code 3/)
    expect(await credentials.authorization()).toBe('Bearer t1')
  })

  it.each([
    ['fails', 'echo secret; echo secret >&2; exit 1', /user "u": the credential plugin sh failed with code 1/],
    ['prints no JSON', 'echo secret', /did not print an ExecCredential/],
    [
      'prints another version',
      `echo '{"kind":"ExecCredential","apiVersion":"secret"}'`,
      /did not print an ExecCredential/,
    ],
    ['gives nothing', `echo '${credential({})}'`, /gave neither a token nor a certificate with its key/],
    [
      'gives half a pair',
      `echo '${credential({ token: 'secret', clientKeyData: 'secret' })}'`,
      /gave neither a token nor a certificate with its key/,
    ],
    [
      'gives a certificate that is none',
      `echo '${credential({ clientCertificateData: 'secret', clientKeyData: 'secret' })}'`,
      /what the credential plugin gave as certificate holds no certificate/,
    ],
    ['gives no time', `echo '${credential({ token: 'secret', expirationTimestamp: 'soon' })}'`, /that is no time/],
    ['never ends printing', 'while :; do echo secretsecretsecret; done', /printed more than 1048576 bytes/],
  ])('that %s is an error that names it and shows nothing of it', async (_name, script, message) => {
    const error: unknown = await openWith(script).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnusableError)
    expect(String(error)).toMatch(message)
    expect(`${error}${(error as Error).stack}${(error as Error).cause}`).not.toContain('secret')
  })

  it('that is not there is named', async () => {
    const exec = '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./not-there}}'
    await writeFile(join(folder.path, 'kubeconfig'), kubeconfigOf(CLUSTER, exec))
    const opened = at.open(join(folder.path, 'kubeconfig'))
    await expect(opened).rejects.toThrow(`the credential plugin ${folder.path}/not-there cannot be run: ENOENT`)
  })
})
