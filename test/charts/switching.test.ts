import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { find, type Manifest, parseManifests } from '../support/manifests.ts'
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
function run(file: string | undefined, args: readonly string[], input = '', more = {}): Promise<string> {
  const path = `${dirname(KUBECTL ?? '')}:${process.env.PATH}`
  const env = { PATH: path, HOME: '/nonexistent', KUBECONFIG: cluster.kubeconfig, ...more }
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

/** A Secret with a serving certificate of an authority of its own. */
async function issuedSecret(name: string) {
  const authority = await createAuthority('theirs')
  const leaf = await authority.issue({ commonName: 'ms', dns: ['metrics-server.kube-system.svc'], usage: 'server' })
  const base64 = (pem: string) => Buffer.from(pem).toString('base64')
  const data = { 'tls.crt': base64(leaf.certPem), 'tls.key': base64(leaf.keyPem), 'ca.crt': base64(authority.certPem) }
  const metadata = { name, namespace: 'kube-system' }
  return { apiVersion: 'v1', kind: 'Secret', metadata, data } satisfies Manifest
}

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

  it('is not taken over by helm alone, and recovers after the commands for that', async () => {
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
    const theirs = await issuedSecret('serving')
    cluster.put(theirs)
    const flags = ['--set=tls.type=existingSecret,tls.existingSecret.name=serving']
    expect(await upgrade(...flags)).toContain('trusts both authorities')
    rollouts.finish()
    await upgrade(...flags)
    expect(apiService()).toMatchObject({ caBundle: theirs.data['ca.crt'] })
    expect(rollouts.faults).toEqual([])
  })
})

describe.skipIf(KUBECTL === undefined)('manifests/overlays/secure on an installation that works', () => {
  const overlay = () => kubectl('kustomize', 'manifests/overlays/secure')
  const verify = () => run('manifests/verify-apiservice.sh', [], '', { TIMEOUT: '1s' })
  /** As kubectl does where cert-manager's kinds are not there: the rest is applied. */
  const applyWhatThereIs = async () => {
    const known = parseManifests(await overlay()).filter(({ apiVersion }) => !apiVersion.startsWith('cert-manager.io/'))
    await run(
      KUBECTL,
      ['apply', '--validate=false', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: known }),
    )
  }
  beforeEach(async () => {
    await kubectl('apply', '--validate=false', '-f', 'manifests/release/components.yaml')
    rollouts.finish()
    rollouts.watch()
  })

  it('loses nothing without cert-manager, and is not verified then', async () => {
    await applyWhatThereIs()
    rollouts.finish()
    expect(pods()).toHaveLength(1)
    await expect(verify()).rejects.toThrow(/not every pod serves with Secret metrics-server-tls.*nothing was changed/s)
    expect(apiService()).toMatchObject({ insecureSkipTLSVerify: true })
    expect(rollouts.faults).toEqual([])
  })

  it('is verified after the rollout, when applied again too, and loses nothing', async () => {
    await expect(verify()).rejects.toThrow(/apply manifests\/overlays\/secure or secure-from-files first/)
    const { data, metadata, ...secret } = await issuedSecret('metrics-server-tls')
    const annotations = { 'cert-manager.io/certificate-name': 'metrics-server' }
    cluster.put({ ...secret, data, metadata: { ...metadata, annotations } })
    await applyWhatThereIs()
    rollouts.finish()
    await verify()
    expect(apiService()).toMatchObject({ caBundle: data['ca.crt'] })
    expect(apiService()).not.toHaveProperty('insecureSkipTLSVerify')
    expect(cluster.objects('APIService')[0]?.metadata.annotations).toMatchObject({
      'cert-manager.io/inject-ca-from': 'kube-system/metrics-server',
    })
    await applyWhatThereIs()
    rollouts.finish()
    expect(rollouts.faults).toEqual([])
  })
})
