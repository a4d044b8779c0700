import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { PUBLISHED, type Published } from '../support/published-arguments.ts'
import { startServer, until } from './server-process.ts'

let cluster: Cluster
/** The file that stands for one that the installer mounts, by the flag that names it. */
let files: ReadonlyMap<string, string>

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 2 })
  const { authorities } = cluster
  const frontProxy = await cluster.rotateFrontProxy()
  const serving = await authorities.cluster.issue({
    commonName: 'metrics-server',
    dns: ['metrics-server'],
    usage: 'server',
  })
  const write = async (name: string, pem: string) => {
    const file = join(cluster.files.directory, name)
    await writeFile(file, pem)
    return file
  }
  files = new Map([
    ['tls-cert-file', await write('serving.crt', serving.certPem)],
    ['tls-private-key-file', await write('serving.key', serving.keyPem)],
    ['kubelet-certificate-authority', cluster.files.clusterCa],
    ['kubelet-client-certificate', await write('client.crt', authorities.admin.certPem)],
    ['kubelet-client-key', await write('client.key', authorities.admin.keyPem)],
    ['requestheader-client-ca-file', await write('front-proxy-ca.crt', frontProxy.caPem)],
  ])
})
afterAll(() => cluster.stop())

/** Files of this cluster in the place of those of the installer's; the port and the directory are those of the test. */
function flagsOf({ args }: Published): string[] {
  return args.flatMap((arg) => {
    const [, name = '', value] = /^--([^=]+)=(.*)$/.exec(arg) ?? []
    if (name === 'secure-port' || name === 'cert-dir') return []
    const file = value?.startsWith('/') ? files.get(name) : undefined
    return [file === undefined ? arg : `--${name}=${file}`]
  })
}

describe('a server with the arguments that installers give', () => {
  it.each(PUBLISHED)('serves nodes: $installer', { timeout: 60_000 }, async (published) => {
    // Simulated kubelets listen on ports of their own.
    const server = await startServer(cluster, [...flagsOf(published), '--kubelet-use-node-status-port'])
    try {
      const names = await until(
        () => server.names('nodes'),
        ({ length }) => length === cluster.world.nodes.size,
        30_000,
      )
      expect(names).toEqual([...cluster.world.nodes.keys()].sort())
    } finally {
      await server.stop()
    }
  })
})
