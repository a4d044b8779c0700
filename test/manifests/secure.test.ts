import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1DeploymentSpec } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../certs/make.ts'
import { render } from '../../scripts/kustomize.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { startInProcess } from '../support/in-process-server.ts'
import { find, type Manifest } from '../support/manifests.ts'
import { untilReady } from '../system/server-process.ts'

/** The arguments that the overlays `secure` and `secure-from-files` give, with the files of a Secret in this folder. */
function argsWith(folder: string): string[] {
  const { spec } = find(render('manifests/overlays/secure') as Manifest[], 'Deployment', 'metrics-server')
  const args = (spec as V1DeploymentSpec).template.spec?.containers[0]?.args ?? []
  return args.map((arg) =>
    arg
      .replace('/tmp/tls-certs/tls.crt', join(folder, 'serving.crt'))
      .replace('/tmp/tls-certs/tls.key', join(folder, 'serving.key')),
  )
}

describe('a server with a certificate of `npm run certs`, as secure-from-files installs it', () => {
  let cluster: Cluster
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secure-'))
    await makeCertificates(folder)
    cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
  })
  afterAll(async () => {
    await cluster.stop()
    await rm(folder, { recursive: true })
  })

  const available = async (port: number, caFile: string) => {
    await cluster.registerMetricsServer({ port, caPem: await readFile(join(folder, caFile), 'utf8') })
    return JSON.stringify(cluster.registry.get('apiservices', '/v1beta1.metrics.k8s.io')?.status)
  }

  it('is available to an apiserver that verifies it by that authority, and to no other', async () => {
    const server = await startInProcess(cluster, argsWith(folder))
    try {
      await untilReady(server)
      expect(await available(server.port, 'cluster-ca.crt')).toContain('"status":"True"')
      expect(await available(server.port, 'front-proxy-ca.crt')).toMatch(/"status":"False".*certificate/)
    } finally {
      await server.stop()
    }
  })
})
