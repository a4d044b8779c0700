import { readFileSync } from 'node:fs'
import type { V1APIServiceSpec, V1DeploymentSpec, V1RoleRef, V1ServiceSpec } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { find, identityOf, loadBase } from '../support/manifests.ts'

const base = loadBase()
const deployment = find(base, 'Deployment', 'metrics-server').spec as V1DeploymentSpec
const service = find(base, 'Service', 'metrics-server').spec as V1ServiceSpec
const apiService = find(base, 'APIService', 'v1beta1.metrics.k8s.io').spec as V1APIServiceSpec
const podSpec = deployment.template.spec
const container = podSpec?.containers[0]

describe('the manifests', () => {
  it('hold exactly the objects that the Go server installs, by the same names', () => {
    expect(base.map(identityOf).sort()).toEqual([
      'apiregistration.k8s.io/v1 APIService v1beta1.metrics.k8s.io',
      'apps/v1 Deployment kube-system/metrics-server',
      'rbac.authorization.k8s.io/v1 ClusterRole system:aggregated-metrics-reader',
      'rbac.authorization.k8s.io/v1 ClusterRole system:metrics-server',
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding metrics-server:system:auth-delegator',
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding system:metrics-server',
      'rbac.authorization.k8s.io/v1 RoleBinding kube-system/metrics-server-auth-reader',
      'v1 Service kube-system/metrics-server',
      'v1 ServiceAccount kube-system/metrics-server',
    ])
  })

  it.each(base.map((m) => [identityOf(m), m] as const))('%s carries the label of the installation', (_, manifest) => {
    expect(manifest.metadata.labels).toMatchObject({ 'k8s-app': 'metrics-server' })
  })

  it('run the version of this package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(container?.image).toBe(`metrics-server-ts:${version}`)
  })
})

describe('the APIService reaches the pods', () => {
  it('through the Service it names', () => {
    expect(apiService).toMatchObject({ group: 'metrics.k8s.io', version: 'v1beta1' })
    const { name, namespace } = find(base, 'Service', 'metrics-server').metadata
    expect(apiService.service).toMatchObject({ name, namespace })
    expect(service.ports?.map((p) => p.port)).toEqual([apiService.service?.port])
  })

  it('because the Service selects them by labels they have and a port they name', () => {
    expect(deployment.template.metadata?.labels).toMatchObject(service.selector ?? { missing: '' })
    expect(container?.ports?.map((p) => p.name)).toContain(service.ports?.[0]?.targetPort)
  })

  it('because the Deployment selects what it makes, by the label of an installation that is replaced', () => {
    expect(deployment.selector.matchLabels).toEqual({ 'k8s-app': 'metrics-server' })
    expect(deployment.template.metadata?.labels).toMatchObject(deployment.selector.matchLabels ?? {})
  })

  it('on the port that the server is told to listen on', () => {
    const port = container?.ports?.find((p) => p.name === 'https')?.containerPort
    expect(container?.args).toContain(`--secure-port=${port}`)
  })
})

describe('the rights of the service account', () => {
  const rulesOf = (name: string) => find(base, 'ClusterRole', name).rules

  it('are to read kubelets, and which nodes and pods there are, and nothing else', () => {
    expect(rulesOf('system:metrics-server')).toEqual([
      { apiGroups: [''], resources: ['nodes/metrics', 'nodes/stats'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['list', 'watch'] },
    ])
  })

  it.each([
    ['ClusterRoleBinding', 'system:metrics-server', 'ClusterRole', 'system:metrics-server'],
    ['ClusterRoleBinding', 'metrics-server:system:auth-delegator', 'ClusterRole', 'system:auth-delegator'],
    ['RoleBinding', 'metrics-server-auth-reader', 'Role', 'extension-apiserver-authentication-reader'],
  ])('%s %s gives it %s %s', (kind, name, roleKind, roleName) => {
    const binding = find(base, kind, name)
    expect(binding.roleRef as V1RoleRef).toEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: roleKind,
      name: roleName,
    })
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'metrics-server', namespace: 'kube-system' }])
  })

  it('are those of the account that the pods run under', () => {
    expect(podSpec?.serviceAccountName).toBe(find(base, 'ServiceAccount', 'metrics-server').metadata.name)
  })

  it('readers of a namespace may read its metrics', () => {
    expect(rulesOf('system:aggregated-metrics-reader')).toEqual([
      { apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ])
    const labels = find(base, 'ClusterRole', 'system:aggregated-metrics-reader').metadata.labels
    for (const role of ['view', 'edit', 'admin']) {
      expect(labels?.[`rbac.authorization.k8s.io/aggregate-to-${role}`]).toBe('true')
    }
  })
})

describe('the pod', () => {
  it('meets the restricted Pod Security Standard with a file system that cannot be written', () => {
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'] },
    })
  })

  it('can write where its certificate goes', () => {
    const certDir = container?.args?.find((a) => a.startsWith('--cert-dir='))?.slice('--cert-dir='.length)
    const mount = container?.volumeMounts?.find((m) => m.mountPath === certDir)
    expect(podSpec?.volumes?.find((v) => v.name === mount?.name)).toMatchObject({ emptyDir: {} })
  })

  it('keeps serving while it is replaced, on Linux, before others when room is short', () => {
    expect(deployment.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0 })
    expect(podSpec?.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' })
    expect(podSpec?.priorityClassName).toBe('system-cluster-critical')
  })

  it.each([
    ['startupProbe', '/readyz'],
    ['readinessProbe', '/readyz'],
    ['livenessProbe', '/livez'],
  ] as const)('%s asks %s over HTTPS on the named port', (probe, path) => {
    expect(container?.[probe]?.httpGet).toEqual({ path, port: 'https', scheme: 'HTTPS' })
  })

  it('gets ready within a second of the server, is asked rarely later, and is not restarted for kubelets that fail', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container ?? {}
    expect(startupProbe?.periodSeconds).toBe(1)
    expect((startupProbe?.failureThreshold ?? 0) * (startupProbe?.periodSeconds ?? 0)).toBeGreaterThanOrEqual(1800)
    // A delay would hold up the readiness probe that follows the startup probe.
    expect(readinessProbe).not.toHaveProperty('initialDelaySeconds')
    expect([readinessProbe?.periodSeconds, livenessProbe?.periodSeconds]).toEqual([10, 10])
  })

  it('asks the node for room', () => {
    expect(container?.resources?.requests).toEqual({ cpu: '100m', memory: '200Mi' })
  })
})
