import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/options/parse.ts'
import { find, parseManifests } from '../support/manifests.ts'
import { HELM, notes, template, tryTemplate } from './helm.ts'
import { apiServiceIn, argsIn, containersIn, deploymentIn, valuesIn } from './parts.ts'

const rendered = (file: string, ...flags: string[]) => template(valuesIn(file), ...flags)

describe.skipIf(HELM === undefined)('values', () => {
  it('can change everything', async () => {
    const manifests = await rendered('everything-values.yaml', '--kube-version=1.33.0')
    const values = valuesIn('everything-values.yaml')
    const [container] = containersIn(manifests)
    const pod = deploymentIn(manifests).template
    expect(container).toMatchObject({
      image: 'registry.example.com/metrics-server:1.2.3',
      imagePullPolicy: 'Always',
      args: ['--secure-port=10250', '--cert-dir=/var/tmp', '--v=2'],
      readinessProbe: { initialDelaySeconds: 20 },
      resources: { limits: { memory: '1Gi' } },
    })
    expect(container).not.toHaveProperty('livenessProbe')
    expect(container?.volumeMounts).toContainEqual({ name: 'ca', mountPath: '/ca' })
    expect(pod.metadata).toMatchObject({ labels: values.podLabels, annotations: values.podAnnotations })
    expect(pod.spec).toMatchObject({
      hostUsers: false,
      schedulerName: 'other',
      priorityClassName: 'system-node-critical',
      imagePullSecrets: values.imagePullSecrets,
      securityContext: values.podSecurityContext,
      nodeSelector: values.nodeSelector,
      tolerations: values.tolerations,
      affinity: values.affinity,
      topologySpreadConstraints: values.topologySpreadConstraints,
      dnsConfig: values.dnsConfig,
      serviceAccountName: 'reader',
    })
    expect(pod.spec?.volumes).toEqual([
      { name: 'tmp', emptyDir: { medium: 'Memory' } },
      { name: 'ca', configMap: { name: 'ca' } },
    ])
    expect(deploymentIn(manifests)).toMatchObject({ revisionHistoryLimit: 0, strategy: { type: 'Recreate' } })
    expect(find(manifests, 'Deployment', 'usage').metadata).toMatchObject({ annotations: values.deploymentAnnotations })
    expect(find(manifests, 'ServiceAccount', 'reader')).toMatchObject({
      metadata: { annotations: { 'example.com/role': 'reader' } },
      secrets: [{ name: 'mountable' }],
    })
    expect(find(manifests, 'PodDisruptionBudget', 'usage').spec).toMatchObject({ maxUnavailable: 0 })
    const { from, apiServer, kubelets, dns } = values.networkPolicy as Record<string, { to: unknown }>
    const tcp = (port: number) => ({ protocol: 'TCP', port })
    expect(find(manifests, 'NetworkPolicy', 'usage').spec).toMatchObject({
      podSelector: { matchLabels: deploymentIn(manifests).selector.matchLabels },
      ingress: [{ from, ports: [{ protocol: 'TCP', port: 'https' }] }],
      egress: [
        { to: apiServer?.to, ports: [tcp(8443)] },
        { to: kubelets?.to, ports: [tcp(10250), tcp(10255)] },
        { to: dns?.to, ports: [{ protocol: 'UDP', port: 53 }, tcp(53)] },
      ],
    })
    const places = manifests.map((m) => m.metadata.namespace).filter((n) => n !== undefined)
    // The role that the last one binds is in kube-system wherever the server is.
    expect([...new Set(places)].sort()).toEqual(['kube-system', 'monitoring'])
    expect(apiServiceIn(manifests).service).toMatchObject({ name: 'usage', namespace: 'monitoring' })
    for (const { metadata } of manifests) expect(metadata.labels).toMatchObject({ 'example.com/common': 'yes' })
  })

  it('leave hostUsers out before Kubernetes knew it', async () => {
    const pod = deploymentIn(await template({ hostUsers: false }, '--kube-version=1.30.0')).template.spec
    expect(pod).not.toHaveProperty('hostUsers')
  })

  it('leave accounts, rights and the APIService to somebody else', async () => {
    const manifests = await rendered('bare-values.yaml')
    expect(manifests.map((m) => m.kind).sort()).toEqual(['Deployment', 'Service'])
    expect(deploymentIn(manifests).template.spec?.serviceAccountName).toBe('kept-elsewhere')
  })

  it('put the pod on the network of its node, and the Service elsewhere', async () => {
    const manifests = await rendered('host-network-values.yaml')
    expect(deploymentIn(manifests).template.spec?.hostNetwork).toBe(true)
    expect(argsIn(manifests)[0]).toBe('--secure-port=4443')
    expect(containersIn(manifests)[0]?.ports?.[0]?.containerPort).toBe(4443)
    expect(find(manifests, 'Service', 'metrics-server')).toMatchObject({
      metadata: { labels: { 'kubernetes.io/cluster-service': 'true' }, annotations: { 'example.com/a': 'b' } },
      spec: { type: 'NodePort', ports: [{ port: 8443, targetPort: 'https' }] },
    })
    expect(apiServiceIn(manifests).service?.port).toBe(8443)
  })

  it('have metrics scraped, over verified TLS where who signs is known', async () => {
    const manifests = await rendered('monitored-values.yaml')
    const outcome = parseOptions(argsIn(manifests))
    const open = outcome.kind === 'run' ? outcome.options.authorization.alwaysAllowPaths : []
    expect(open).toEqual(['/healthz', '/readyz', '/livez', '/metrics'])
    const { metadata, spec } = find(manifests, 'ServiceMonitor', 'metrics-server')
    const { serviceMonitor } = valuesIn('monitored-values.yaml') as { serviceMonitor: Record<string, unknown> }
    expect(metadata.labels).toMatchObject({ release: 'prometheus' })
    const { interval, metricRelabelings, relabelings } = serviceMonitor
    expect(spec).toMatchObject({
      selector: { matchLabels: deploymentIn(manifests).selector.matchLabels },
      namespaceSelector: { matchNames: ['kube-system'] },
      endpoints: [
        {
          ...{ port: 'https', path: '/metrics', interval, metricRelabelings, relabelings },
          tlsConfig: {
            serverName: 'metrics-server.kube-system.svc',
            ca: { secret: { name: 'metrics-server', key: 'ca.crt' } },
          },
        },
      ],
    })
  })

  it('have Prometheus show its token where /metrics is not open, and let its account in', async () => {
    const serviceMonitor = { enabled: true, serviceAccount: { name: 'prometheus' } }
    const manifests = await template({ serviceMonitor })
    const open = parseOptions(argsIn(manifests))
    expect(open.kind === 'run' && open.options.authorization.alwaysAllowPaths).not.toContain('/metrics')
    const { spec } = find(manifests, 'ServiceMonitor', 'metrics-server')
    const bearerTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'
    expect(spec).toMatchObject({ jobLabel: 'k8s-app', endpoints: [{ bearerTokenFile }] })
    expect(find(manifests, 'ClusterRoleBinding', 'metrics-server-metrics-reader')).toMatchObject({
      roleRef: { name: find(manifests, 'ClusterRole', 'metrics-server-metrics-reader').metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' }],
    })
    const authorization = { credentials: { name: 'token', key: 'token' } }
    const bySecret = await template({ serviceMonitor: { enabled: true, authorization } })
    const [endpoint] = (find(bySecret, 'ServiceMonitor', 'metrics-server').spec as { endpoints: object[] }).endpoints
    expect(endpoint).toMatchObject({ authorization })
    expect(endpoint).not.toHaveProperty('bearerTokenFile')
    expect(bySecret.filter(({ metadata }) => metadata.name.endsWith('metrics-reader'))).toEqual([])
  })

  it('give the doctor the rights of manifests/doctor, to the account and in the namespace of the installation', async () => {
    const names = { fullnameOverride: 'usage', namespaceOverride: 'monitoring', serviceAccount: { name: 'reader' } }
    const manifests = await template({ ...names, rbac: { doctor: true } })
    const rules = (text: string) => text.replaceAll('"usage"', '"metrics-server"')
    for (const { kind, rules: given } of parseManifests(readFileSync('manifests/doctor/rbac.yaml', 'utf8'))) {
      if (!kind.endsWith('Role')) continue
      expect(rules(JSON.stringify(find(manifests, kind, 'usage-doctor').rules))).toBe(JSON.stringify(given))
      expect(find(manifests, `${kind}Binding`, 'usage-doctor')).toMatchObject({
        roleRef: { kind, name: 'usage-doctor' },
        subjects: [{ name: 'reader', namespace: 'monitoring' }],
      })
    }
    expect(find(manifests, 'Role', 'usage-doctor').metadata.namespace).toBe('monitoring')
  })

  it('have each label once, whatever they repeat', async () => {
    const labels = { 'k8s-app': 'mine', 'app.kubernetes.io/version': 'mine', 'app.kubernetes.io/name': 'mine' }
    const manifests = await template({ podLabels: labels, commonLabels: labels, service: { labels } })
    const pod = deploymentIn(manifests)
    expect(pod.template.metadata?.labels).toEqual({ ...labels, ...pod.selector.matchLabels })
    expect(find(manifests, 'Service', 'metrics-server').metadata.labels).toMatchObject({
      ...labels,
      ...pod.selector.matchLabels,
    })
  })

  it('add the resizer with the rights it needs', async () => {
    const manifests = await rendered('resizer-values.yaml')
    const [, nanny] = containersIn(manifests)
    expect(nanny?.image).toMatch(/\/addon-resizer:1\.8\.23$/)
    expect(nanny?.command).toEqual(expect.arrayContaining(['--deployment=metrics-server', '--poll-period=300000']))
    const map = find(manifests, 'ConfigMap', 'metrics-server-nanny-config') as unknown as {
      data: Record<string, string>
    }
    expect(load(map.data.NannyConfiguration ?? '')).toMatchObject({ memoryPerNode: '2Mi' })
    expect(find(manifests, 'Role', 'system:metrics-server-nanny').rules).toContainEqual({
      apiGroups: ['apps'],
      resources: ['deployments'],
      resourceNames: ['metrics-server'],
      verbs: ['get', 'patch'],
    })
  })

  it.each([
    ['a name that there is not', { replicsa: 2 }, /replicsa/],
    ['one within another', { tls: { certmanager: {} } }, /certmanager/],
    ['a value of another type', { replicas: '2' }, /replicas.*integer/s],
    ['an unknown kind of TLS', { tls: { type: 'vault' } }, /type/],
    ['PodSecurityPolicies', { rbac: { pspEnabled: true } }, /pspEnabled/],
    ["the kubelet's port on its node's network", { hostNetwork: { enabled: true } }, /set containerPort to a free one/],
    ['a Secret that is not named', { tls: { type: 'existingSecret' } }, /tls.existingSecret.name: which Secret/],
    ['a port that there is not', { networkPolicy: { kubelets: { ports: [70_000] } } }, /networkPolicy.*ports/s],
    ['two budgets', { podDisruptionBudget: { enabled: true, minAvailable: 1, maxUnavailable: 1 } }, /not both/],
    ['a CA that is no PEM', { apiService: { caBundle: 'LS0tLS1CRUdJTg==' } }, /caBundle/],
  ])('are refused: %s', async (_, values, message) => {
    const { succeeded, errors } = await tryTemplate(values)
    expect(succeeded).toBe(false)
    expect(errors).toMatch(message)
  })
})

describe.skipIf(HELM === undefined)('what helm says after an installation', () => {
  it('is what to do next, and what is not verified', async () => {
    const text = await notes({})
    expect(text).toContain('kubectl -n kube-system rollout status deployment/metrics-server')
    expect(text).toContain('No registry has that image')
    expect(text).toContain('does not verify this server')
  })

  it('warns of what has no effect, and of replicas without a budget', async () => {
    const serviceMonitor = { enabled: true, bearerTokenFile: '' }
    const text = await notes({ serviceMonitor, replicas: 2, tls: { type: 'cert-manager' } })
    expect(text).toContain('serviceMonitor.enabled has no effect without metrics.enabled')
    expect(text).toContain('2 replicas without a podDisruptionBudget')
    expect(text).not.toContain('does not verify')
  })

  const existing = { type: 'existingSecret', existingSecret: { name: 'serving' } }
  const TAG = 'WARNING: image.tag v0.8.1 is a version of the Go server'
  const PORT = 'WARNING: the arguments have --secure-port=4443, but the Service and the probes use containerPort 10250'
  it.each([
    ['a version of the Go server', { image: { tag: 'v0.8.1' } }, TAG],
    [
      'its image',
      { image: { repository: 'registry.k8s.io/metrics-server/metrics-server' } },
      "has the Go server's images",
    ],
    ['a port that nobody comes to', { args: ['--secure-port=4443'] }, PORT],
    ['such a port in place of a default', { defaultArgs: ['--v=2', '--secure-port', '-secure-port=4443'] }, PORT],
    ['a certificate of nobody known', { tls: existing }, 'give apiService.caBundle, or ca.crt in the Secret serving'],
    [
      'one that has to be verified',
      { apiService: { insecureSkipTLSVerify: false } },
      'the apiserver cannot verify this server',
    ],
  ])('warns of %s', async (_, values, warning) => {
    expect((await notes(values)).replaceAll(/\s+/g, ' ')).toContain(warning)
  })

  it('does not warn of what is as it should be', async () => {
    const image = { repository: 'registry.example.com/metrics-server', tag: '0.2.0' }
    const text = await notes({ image, containerPort: 4443, args: ['--secure-port=4443'], tls: { type: 'helm' } })
    expect(text).not.toMatch(/WARNING|does not verify|No registry/)
  })
})
