import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { schemaProblems } from '../support/api-schema.ts'
import { identityOf, loadBase, type Manifest, parseManifests } from '../support/manifests.ts'

const kubectl = process.env.KUBECTL
const sorted = (manifests: readonly Manifest[]) =>
  manifests.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))

const rendered = (folder: string) =>
  parseManifests(execFileSync(kubectl ?? '', ['kustomize', folder], { encoding: 'utf8' }))

describe.skipIf(kubectl === undefined)('kubectl kustomize manifests/monitoring', () => {
  it('renders what lets Prometheus in, the rules and the dashboard', () => {
    expect(rendered('manifests/monitoring').map(identityOf).sort()).toEqual([
      'monitoring.coreos.com/v1 PrometheusRule kube-system/metrics-server',
      'monitoring.coreos.com/v1 ServiceMonitor kube-system/metrics-server',
      'rbac.authorization.k8s.io/v1 ClusterRole metrics-server-metrics-reader',
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding metrics-server-metrics-reader',
      'v1 ConfigMap kube-system/metrics-server-dashboard',
    ])
  })
})

describe.skipIf(kubectl === undefined)('kubectl kustomize manifests/base', () => {
  const render = () => rendered('manifests/base')

  it('renders the objects as the files write them', () => {
    expect(sorted(render())).toEqual(sorted(loadBase()))
  })

  it('renders only fields of the Kubernetes API', () => {
    expect(render().flatMap((m) => schemaProblems(`V1${m.kind}`, m, identityOf(m)))).toEqual([])
  })
})
