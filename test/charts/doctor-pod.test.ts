import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { V1PodSpec } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type Manifest, parseManifests } from '../support/manifests.ts'
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.ts'

const KUBECTL = process.env.KUBECTL

/** What a command prints, whatever its exit code, and that. */
function run(file: string, args: readonly string[], kubeconfig = ''): Promise<{ code: number | null; output: string }> {
  const env = { PATH: `${dirname(KUBECTL ?? '')}:${process.env.PATH}`, HOME: '/nonexistent', KUBECONFIG: kubeconfig }
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}

describe.skipIf(KUBECTL === undefined)('the doctor in a pod of its own', () => {
  let installed: InstalledCluster
  let cluster: Cluster
  beforeAll(async () => {
    ;[installed, cluster] = await Promise.all([startInstalledCluster(), startCluster({ nodes: 1, podsPerNode: 1 })])
    installed.hold(...parseManifests(readFileSync('manifests/release/components.yaml', 'utf8')))
  })
  afterAll(() => Promise.all([installed.stop(), cluster.stop()]))

  it('has image, account and arguments of the Deployment by the command of its document, and looks with them', async () => {
    const text = readFileSync('docs/doctor.md', 'utf8')
    const block = text.slice(text.indexOf('## When no pod runs')).match(/```sh\n([^`]*)```/)?.[1] ?? 'false'
    // What it would make: there is no kubelet that could run it.
    const command = block.replace('--rm -i', '--dry-run=client -o json')
    const { output } = await run('/bin/bash', ['-ec', command], installed.kubeconfig)
    const pod = JSON.parse(output) as Manifest & { spec: V1PodSpec }
    const [deployed] = installed
      .objects('Deployment')
      .map(({ spec }) => (spec as { template: { spec: V1PodSpec } }).template.spec)
    const [container] = pod.spec.containers
    expect(container).toMatchObject({
      image: deployed?.containers[0]?.image,
      args: ['doctor', ...(deployed?.containers[0]?.args ?? [])],
    })
    expect(container).not.toHaveProperty('command')
    expect(pod.spec.serviceAccountName).toBe(deployed?.serviceAccountName)
    // The Service must not send requests to it.
    expect(pod.metadata.labels).not.toHaveProperty('k8s-app')

    const args = ['src/main.ts', ...(container?.args ?? []), `--kubeconfig=${cluster.files.server}`]
    const looked = await run(process.execPath, args)
    expect(looked.output).toMatch(/^ok +node node-01/m)
    expect([0, 1]).toContain(looked.code)
  })
})
