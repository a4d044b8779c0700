import type { V1APIServiceSpec, V1DeploymentSpec, V1NetworkPolicySpec } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { render } from '../../scripts/kustomize.ts'
import { parseOptions } from '../../src/options/parse.ts'
import { schemaProblems } from '../support/api-schema.ts'
import { find, identityOf, type Manifest } from '../support/manifests.ts'

const rendered = (name: string) => render(`manifests/${name}`) as Manifest[]
const base = rendered('base')
const highlyAvailable = rendered('overlays/high-availability')
const insecure = rendered('overlays/kubelet-insecure-tls')
const secure = rendered('overlays/secure')
const autoscaled = rendered('overlays/autoscale')
const policed = rendered('overlays/network-policy')

const deploymentIn = (manifests: readonly Manifest[]) =>
  find(manifests, 'Deployment', 'metrics-server').spec as V1DeploymentSpec
const containerIn = (manifests: readonly Manifest[]) => deploymentIn(manifests).template.spec?.containers[0]
const argsIn = (manifests: readonly Manifest[]) => containerIn(manifests)?.args ?? []
const apiServiceIn = (manifests: readonly Manifest[]) =>
  find(manifests, 'APIService', 'v1beta1.metrics.k8s.io').spec as V1APIServiceSpec

/** Objects of which the base has none that is the same, by identity. */
const changed = (manifests: readonly Manifest[]) =>
  manifests.filter((m) => !base.some((b) => JSON.stringify(b) === JSON.stringify(m))).map(identityOf)

const all = { base, highlyAvailable, insecure, secure, autoscaled, policed }
const everything = Object.entries(all).flatMap(([name, manifests]) =>
  manifests.map((m) => [`${name}: ${identityOf(m)}`, m] as const),
)

describe('what is rendered', () => {
  it.each(everything.filter(([, m]) => m.kind !== 'VerticalPodAutoscaler'))('fits its schema: %s', async (_, m) => {
    expect(await schemaProblems(m)).toEqual([])
  })

  it.each(Object.entries(all))('%s gives arguments that are all understood', (_, manifests) => {
    expect(parseOptions(argsIn(manifests))).toMatchObject({ kind: 'run', ignored: [], warnings: [] })
  })

  it.each(everything)('carries the label of the installation: %s', (_, manifest) => {
    expect(manifest.metadata.labels).toMatchObject({ 'k8s-app': 'metrics-server' })
  })
})

describe('high-availability', () => {
  const { replicas, strategy, template } = deploymentIn(highlyAvailable)

  it('changes the Deployment and adds a budget, and leaves the rest as it is', () => {
    expect(changed(highlyAvailable)).toEqual([
      'apps/v1 Deployment kube-system/metrics-server',
      'policy/v1 PodDisruptionBudget kube-system/metrics-server',
    ])
  })

  it('puts two replicas on two nodes, and can be updated where there are only two', () => {
    expect(replicas).toBe(2)
    expect(strategy?.rollingUpdate?.maxUnavailable).toBe(1)
    const [term] = template.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    expect(term?.topologyKey).toBe('kubernetes.io/hostname')
    expect(template.metadata?.labels).toMatchObject(term?.labelSelector?.matchLabels ?? { missing: '' })
  })

  it('lets a drain take one of them, and any that is not ready', () => {
    expect(find(highlyAvailable, 'PodDisruptionBudget', 'metrics-server').spec).toEqual({
      minAvailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: deploymentIn(highlyAvailable).selector.matchLabels },
    })
  })
})

describe('kubelet-insecure-tls', () => {
  it('adds that flag and nothing else', () => {
    expect(argsIn(insecure)).toEqual([...argsIn(base), '--kubelet-insecure-tls'])
    expect(changed(insecure)).toEqual(['apps/v1 Deployment kube-system/metrics-server'])
  })
})

describe('secure', () => {
  interface CertificateSpec {
    readonly secretName: string
    readonly dnsNames?: readonly string[]
    readonly isCA?: boolean
    readonly issuerRef: { readonly kind: string; readonly name: string }
  }
  const certificate = (name: string) => find(secure, 'Certificate', name).spec as CertificateSpec

  it('leaves the APIService alone, so that without cert-manager what works goes on working', () => {
    expect(secure.filter(({ kind }) => kind === 'APIService')).toEqual([])
    expect(deploymentIn(secure).strategy?.rollingUpdate).toEqual({ maxUnavailable: 0 })
  })

  it('serves with the certificate that is issued for the name by which the apiserver verifies', () => {
    const { service } = apiServiceIn(base)
    const { secretName, dnsNames } = certificate('metrics-server')
    expect(dnsNames).toContain(`${service?.name}.${service?.namespace}.svc`)
    const volume = deploymentIn(secure).template.spec?.volumes?.find((v) => v.secret?.secretName === secretName)
    const mount = containerIn(secure)?.volumeMounts?.find((m) => m.name === volume?.name)
    expect(argsIn(secure)).toEqual([
      ...argsIn(base),
      `--tls-cert-file=${mount?.mountPath}/tls.crt`,
      `--tls-private-key-file=${mount?.mountPath}/tls.key`,
    ])
  })

  it('is issued by an authority that outlives it, so that its renewal needs no new caBundle', () => {
    const issuer = find(
      secure,
      certificate('metrics-server').issuerRef.kind,
      certificate('metrics-server').issuerRef.name,
    )
    expect(issuer.spec).toEqual({ ca: { secretName: certificate('metrics-server-ca').secretName } })
    expect(certificate('metrics-server-ca').isCA).toBe(true)
  })
})

describe('autoscale', () => {
  it('adds an autoscaler of the container, which leaves limits alone', () => {
    expect(changed(autoscaled)).toEqual(['autoscaling.k8s.io/v1 VerticalPodAutoscaler kube-system/metrics-server'])
    expect(find(autoscaled, 'VerticalPodAutoscaler', 'metrics-server').spec).toMatchObject({
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'metrics-server' },
      resourcePolicy: {
        containerPolicies: [{ containerName: containerIn(base)?.name, controlledValues: 'RequestsOnly' }],
      },
    })
  })
})

describe('network-policy', () => {
  const policy = find(policed, 'NetworkPolicy', 'metrics-server').spec as unknown as V1NetworkPolicySpec
  const ports = (rules: readonly { ports?: { protocol?: string; port?: unknown }[] }[] = []) =>
    rules.flatMap((rule) => rule.ports ?? []).map(({ protocol, port }) => `${protocol} ${port}`)

  it('adds a policy for the pods of the Deployment, and nothing else', () => {
    expect(changed(policed)).toEqual(['networking.k8s.io/v1 NetworkPolicy kube-system/metrics-server'])
    expect(policy.podSelector).toEqual({ matchLabels: deploymentIn(policed).selector.matchLabels })
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress'])
  })

  it('lets in what comes to the port that the server listens on', () => {
    expect(ports(policy.ingress)).toEqual([`TCP ${containerIn(policed)?.ports?.[0]?.name}`])
  })

  it('lets the server reach the apiserver, kubelets and DNS', () => {
    const outcome = parseOptions(argsIn(policed))
    const kubelet = outcome.kind === 'run' ? outcome.options.kubelet.port : 0
    expect(ports(policy.egress)).toEqual(['TCP 443', 'TCP 6443', `TCP ${kubelet}`, 'UDP 53', 'TCP 53'])
  })
})

describe('a kustomization', () => {
  it('that holds what is not rendered here is refused, not rendered without it', () => {
    expect(() => render('manifests/overlays/secure-from-files')).toThrow(
      /kustomization.yaml: secretGenerator is not rendered here; kubectl kustomize does$/,
    )
  })
})
