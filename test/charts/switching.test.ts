import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { find, type Manifest } from '../support/manifests.ts'
import { CHART, HELM, helm } from './helm.ts'
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.ts'
import { Rollouts } from './rollouts.ts'

const KUBECTL = process.env.KUBECTL
const RELEASE = ['metrics-server', CHART, '--namespace', 'kube-system']

let cluster: InstalledCluster
let rollouts: Rollouts
beforeAll(async () => {
  cluster = await startInstalledCluster()
  rollouts = new Rollouts(cluster)
})
afterAll(() => cluster.stop())
beforeEach(() => cluster.hold())
afterEach(() => rollouts.unwatch())

/** The output of a program on the cluster; an error with what it said, when it fails. */
function run(file: string | undefined, args: readonly string[], input = ''): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: cluster.kubeconfig }
  return new Promise((resolve, reject) => {
    const child = execFile(file ?? '', args, { env }, (error, output, errors) =>
      error === null ? resolve(output) : reject(new Error(errors)),
    )
    child.stdin?.end(input)
  })
}
const kubectl = (...args: readonly string[]) => run(KUBECTL, args)
async function upgrade(...flags: readonly string[]): Promise<string> {
  const args = [
    'upgrade',
    '--install',
    ...RELEASE,
    '--disable-openapi-validation',
    `--kubeconfig=${cluster.kubeconfig}`,
  ]
  const { succeeded, output, errors } = await helm([...args, ...flags])
  if (!succeeded) throw new Error(errors)
  return output
}
const apiService = () => find(cluster.objects('APIService'), 'APIService', 'v1beta1.metrics.k8s.io').spec as object
const pods = () => cluster.objects('Pod').map(({ metadata }) => metadata.labels)

/** The commands of a README's block that follows this heading, each a line of arguments. */
async function commandsAfter(file: string, heading: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8')
  const block = text.slice(text.indexOf(heading)).match(/```sh\n([^`]*)```/)?.[1] ?? ''
  return block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** Runs them one after the other, as a shell does, with these programs; `rollout status` is where the rollout ends. */
async function follow(commands: readonly string[]): Promise<void> {
  const tools = `kubectl() { ${KUBECTL} "$@"; }; helm() { ${HELM} "$@" --disable-openapi-validation; }; IMAGE=registry.example.com/ms:0.1.0; `
  for (const command of commands) {
    if (command.includes('rollout status')) rollouts.finish()
    else
      await run('/bin/bash', [
        '-ec',
        tools +
          command
            .replace('apply -f', 'apply --validate=false -f')
            .replace('apply --server-side', 'apply --validate=false --server-side'),
      ])
  }
}

describe.skipIf(HELM === undefined || KUBECTL === undefined)('an installation by manifests', () => {
  const README = 'charts/metrics-server/README.md'
  beforeEach(async () => {
    await kubectl('apply', '--validate=false', '-f', 'manifests/release/components.yaml')
    rollouts.finish()
    rollouts.watch()
  })

  it('is taken over by the chart and given back by the commands of its README, and no request is lost', async () => {
    await follow(await commandsAfter(README, '### From the manifests to the chart'))
    expect(rollouts.faults).toEqual([])
    expect(pods()).toEqual([expect.objectContaining({ 'app.kubernetes.io/name': 'metrics-server' })])
    expect(await upgrade('--reuse-values')).toContain('STATUS: deployed')

    await follow(await commandsAfter(README, '### From the chart to the manifests'))
    expect(rollouts.faults).toEqual([])
    expect(pods()).toEqual([{ 'k8s-app': 'metrics-server' }])
    expect(cluster.objects('Secret')).toEqual([])
  })

  it('is not taken over by helm alone, and works again after the commands for that', async () => {
    await expect(upgrade('--take-ownership', '--force-conflicts')).rejects.toThrow(/field is immutable/)
    expect(rollouts.faults).toEqual(['the Service selects no pod'])
    await follow(await commandsAfter(README, 'Do not uninstall the failed'))
    rollouts.watch()
    expect(rollouts.faults).toEqual([])
    expect(cluster.objects('Secret')).toEqual([])
  })
})

describe.skipIf(HELM === undefined)('an upgrade that changes tls.type', () => {
  const installed = async (...flags: readonly string[]) => {
    await upgrade(...flags)
    rollouts.finish()
    rollouts.watch()
  }
  const secret = (name: string, data: Record<string, string>): Manifest => ({
    ...{ apiVersion: 'v1', kind: 'Secret', data },
    metadata: { name, namespace: 'kube-system' },
  })
  const served = () => find(cluster.objects('Secret'), 'Secret', 'metrics-server').data as Record<string, string>

  it.each([
    'true',
    'false',
  ])('to helm verifies with the second upgrade, and back at once; no request is lost (server-side=%s)', async (way) => {
    const side = `--server-side=${way}`
    await installed(side)
    const notes = await upgrade(side, '--set=tls.type=helm')
    expect(apiService()).toMatchObject({ insecureSkipTLSVerify: true })
    expect(notes).toContain('run this upgrade once more')
    rollouts.finish()
    expect(await upgrade(side, '--set=tls.type=helm')).not.toContain('once more')
    expect(apiService()).toMatchObject({ caBundle: served()['ca.crt'] })
    expect(apiService()).not.toHaveProperty('insecureSkipTLSVerify')
    rollouts.finish()
    await upgrade(side, '--set=tls.type=metrics-server')
    rollouts.finish()
    expect(apiService()).not.toHaveProperty('caBundle')
    expect(rollouts.faults).toEqual([])
  })

  it('from one authority to another has both trusted until the pods serve with the new one', async () => {
    await installed('--set=tls.type=helm')
    const authority = await createAuthority('theirs')
    const leaf = await authority.issue({ commonName: 'ms', dns: ['metrics-server.kube-system.svc'], usage: 'server' })
    const base64 = (pem: string) => Buffer.from(pem).toString('base64')
    const theirs = {
      'tls.crt': base64(leaf.certPem),
      'tls.key': base64(leaf.keyPem),
      'ca.crt': base64(authority.certPem),
    }
    cluster.put(secret('serving', theirs))
    const flags = ['--set=tls.type=existingSecret,tls.existingSecret.name=serving']
    expect(await upgrade(...flags)).toContain('trusts both authorities')
    rollouts.finish()
    await upgrade(...flags)
    expect(apiService()).toMatchObject({ caBundle: theirs['ca.crt'] })
    expect(rollouts.faults).toEqual([])
  })
})
