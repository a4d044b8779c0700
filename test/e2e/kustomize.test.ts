import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../certs/make.ts'
import { render } from '../../scripts/kustomize.ts'
import { schemaProblems } from '../support/api-schema.ts'
import { find, identityOf, type Manifest, parseManifests } from '../support/manifests.ts'

const kubectl = process.env.KUBECTL
const kustomize = (directory: string) =>
  parseManifests(execFileSync(kubectl ?? '', ['kustomize', directory], { encoding: 'utf8' }))
const sorted = (manifests: readonly Manifest[]) =>
  manifests.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))

describe.skipIf(kubectl === undefined)('kubectl kustomize', () => {
  it.each([
    'manifests/base',
    'manifests/doctor',
    'manifests/overlays/autoscale',
    'manifests/overlays/high-availability',
    'manifests/overlays/kubelet-insecure-tls',
    'manifests/overlays/secure',
  ])('renders %s as `npm run manifests` does', (directory) => {
    expect(sorted(kustomize(directory))).toEqual(sorted(render(directory) as Manifest[]))
  })

  it.each([
    ['manifests/base', 'components.yaml'],
    ['manifests/overlays/high-availability', 'high-availability.yaml'],
  ])('writes %s as release/%s is, byte by byte', (directory, file) => {
    const released = readFileSync(`manifests/release/${file}`, 'utf8').replace(/^(#.*\n)+/, '')
    expect(released).toBe(execFileSync(kubectl ?? '', ['kustomize', directory], { encoding: 'utf8' }))
  })

  it('renders what lets Prometheus in, the rules and the dashboard', () => {
    expect(kustomize('manifests/monitoring').map(identityOf).sort()).toEqual([
      'monitoring.coreos.com/v1 PrometheusRule kube-system/metrics-server',
      'monitoring.coreos.com/v1 ServiceMonitor kube-system/metrics-server',
      'rbac.authorization.k8s.io/v1 ClusterRole metrics-server-metrics-reader',
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding metrics-server-metrics-reader',
      'v1 ConfigMap kube-system/metrics-server-dashboard',
    ])
  })
})

describe.skipIf(kubectl === undefined)('kubectl patch --type=json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recipes-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const container = '/spec/template/spec/containers/0'

  it.each([
    ['add', `${container}/args/-`, '--kubelet-insecure-tls'],
    ['replace', `${container}/args/0`, '--cert-dir=/var/tmp'],
    ['replace', `${container}/image`, 'registry.example.com/ms:1'],
    ['add', '/spec/template/spec/hostNetwork', true],
  ])('that tutorials give, %s %s, fits the Deployment', (op, path, value) => {
    const file = join(folder, 'deployment.yaml')
    const released = parseManifests(readFileSync('manifests/release/components.yaml', 'utf8'))
    writeFileSync(file, JSON.stringify(find(released, 'Deployment', 'metrics-server')))
    const patch = JSON.stringify([{ op, path, value }])
    const args = ['patch', '--local', '-f', file, '--type=json', `-p=${patch}`, '-o', 'json']
    const text = execFileSync(kubectl ?? '', args, { encoding: 'utf8' })
    const last = path.split('/').at(-1)
    expect(JSON.stringify(JSON.parse(text).spec.template.spec)).toContain(
      last === 'hostNetwork' ? '"hostNetwork":true' : JSON.stringify(value),
    )
  })
})

describe.skipIf(kubectl === undefined)('kubectl kustomize of secure-from-files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-from-files-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('puts the certificate and who signed it into the Secret, and leaves the APIService as it is', async () => {
    cpSync('manifests', folder, { recursive: true, filter: (path) => !path.endsWith('/certs') })
    const overlay = join(folder, 'overlays/secure-from-files')
    await makeCertificates(join(overlay, 'certs'))
    const rendered = kustomize(overlay)
    const { data, type } = find(rendered, 'Secret', 'metrics-server-tls') as unknown as {
      data: Record<string, string>
      type: string
    }
    const decoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])
    const file = (name: string) => readFileSync(join(overlay, 'certs', name), 'utf8')
    expect(type).toBe('kubernetes.io/tls')
    expect(Object.fromEntries(decoded)).toEqual({
      'tls.crt': file('serving.crt'),
      'tls.key': file('serving.key'),
      'ca.crt': file('cluster-ca.crt'),
    })
    expect(rendered.filter(({ kind }) => kind === 'APIService')).toEqual([])
    const secret = find(rendered, 'Deployment', 'metrics-server')
    expect(JSON.stringify(secret)).toContain('"secret":{"secretName":"metrics-server-tls"}')
    // kubectl breaks base64 into lines, which Go reads and the schema's pattern does not.
    const inOneLine = JSON.parse(JSON.stringify(rendered).replaceAll('\\n', '')) as Manifest[]
    expect((await Promise.all(inOneLine.map(schemaProblems))).flat()).toEqual([])
  })
})
