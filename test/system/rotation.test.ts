import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { serviceAccount } from '../../sim/access/authenticate.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'
import { type ServerProcess, startServer, until, untilReady } from './server-process.ts'

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes'
/** What the README promises. */
const WITHIN_MS = 60_000
const folder = useTemporaryFolder()
let cluster: Cluster
let server: ServerProcess | undefined
beforeEach(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 3 })
})
afterEach(async () => {
  await server?.stop()
  await cluster.stop()
})

const path = (name: string) => join(folder.path, name)

function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerX509Certificate()?.subject))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/** Puts the file where a mounted Secret has it: behind a symlink that is turned. */
async function putAsMounted(version: string, text: string): Promise<void> {
  await mkdir(path(version))
  await writeFile(join(path(version), 'kubelet-ca.crt'), text)
  await symlink(version, path('..fresh'))
  await rename(path('..fresh'), path('..data'))
}

/** Asks for nodes and reviews all the time; gives what was not answered with 200. */
function askAllTheTime({ get }: ServerProcess) {
  const failed: string[] = []
  let running = true
  const loop = (async () => {
    while (running) {
      const { status, body } = await get(NODES)
      if (status !== 200) failed.push(`${status}: ${body.slice(0, 200)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return {
    failed,
    async stop() {
      running = false
      await loop
    },
  }
}

describe('a server whose files are replaced', () => {
  it('uses the new ones, forgets the old ones, and fails no request', { timeout: 150_000 }, async () => {
    const { cluster: ca } = cluster.authorities
    const other = await createAuthority('other')
    const issue = (commonName: string) => ca.issue({ commonName, dns: ['localhost'], usage: 'server' })
    const [before, after] = await Promise.all([issue('before'), issue('after')])
    await putAsMounted('v1', ca.certPem)
    await symlink('..data/kubelet-ca.crt', path('kubelet-ca.crt'))
    await writeFile(path('tls.crt'), before.certPem)
    await writeFile(path('tls.key'), before.keyPem)
    const kubeconfig = await readFile(cluster.files.server, 'utf8')
    await writeFile(path('kubeconfig'), kubeconfig)
    const running = await startServer(cluster, [
      `--kubeconfig=${path('kubeconfig')}`,
      `--tls-cert-file=${path('tls.crt')}`,
      `--tls-private-key-file=${path('tls.key')}`,
      `--kubelet-certificate-authority=${path('kubelet-ca.crt')}`,
      '--authorization-webhook-cache-authorized-ttl=0s',
    ])
    server = running
    await untilReady(running)
    const asking = askAllTheTime(running)

    // In place, the certificate first; by renaming; by a symlink.
    const token = cluster.access.newToken(serviceAccount('kube-system', 'metrics-server'))
    await writeFile(path('tls.crt'), after.certPem)
    await writeFile(path('kubeconfig.new'), kubeconfig.replace(cluster.access.serverToken, token))
    await rename(path('kubeconfig.new'), path('kubeconfig'))
    await putAsMounted('v2', other.certPem)
    await writeFile(path('tls.key'), after.keyPem)
    await until(
      () => shownAt(running.port),
      (subject) => subject === 'CN=after',
      WITHIN_MS,
    )
    // The connections that the former CA vouched for do not go on.
    const refused = /^E.*fault="node\/node-0[12]".*$/gm
    await until(
      async () => new Set(running.log().match(refused)).size,
      (nodes) => nodes >= 2,
      WITHIN_MS,
    )
    // Without a line break between the two, as `cat` may leave them.
    await putAsMounted('v3', other.certPem + ca.certPem)
    await until(
      async () => running.log().match(/"Recovered" fault="node\//g)?.length ?? 0,
      (nodes) => nodes === 2,
      WITHIN_MS,
    )
    cluster.access.tokens.revoke(cluster.access.serverToken)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await asking.stop()
    expect(asking.failed).toEqual([])
    expect(running.log()).not.toMatch(/^E.*answered 401/m)
  })
})
