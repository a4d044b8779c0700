import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
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

describe.skipIf(kubectl === undefined)('kubectl kustomize of secure-from-files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-from-files-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('puts the certificate into the Secret and who signed it into the APIService', async () => {
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
    const { spec } = find(rendered, 'APIService', 'v1beta1.metrics.k8s.io')
    expect(spec).toMatchObject({ caBundle: data['ca.crt'] })
    expect(spec).not.toHaveProperty('insecureSkipTLSVerify')
    const secret = find(rendered, 'Deployment', 'metrics-server')
    expect(JSON.stringify(secret)).toContain('"secret":{"secretName":"metrics-server-tls"}')
    // kubectl breaks base64 into lines, which Go reads and the schema's pattern does not.
    const inOneLine = JSON.parse(JSON.stringify(rendered).replaceAll('\\n', '')) as Manifest[]
    expect((await Promise.all(inOneLine.map(schemaProblems))).flat()).toEqual([])
  })
})
