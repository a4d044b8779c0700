import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { render } from '../../scripts/kustomize.ts'
import { parseOptions } from '../../src/options/parse.ts'
import { schemaProblems } from '../support/api-schema.ts'
import { find, identityOf, type Manifest } from '../support/manifests.ts'
import { CHART, HELM, helm, template } from './helm.ts'
import { apiServiceIn, argsIn, deploymentIn, VALUE_FILES, valuesIn } from './parts.ts'

const rendered = (file: string) => template(valuesIn(file))

/** An object as it is but for what differs between the chart and the manifests, as between those of the Go server. */
function comparable(manifest: Manifest): unknown {
  const text = JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, labels: undefined } })
    .replaceAll(/"(matchLabels|labels|selector)":\{"[^{}]*\}/g, '"$1":{}')
    .replaceAll('system:metrics-server-aggregated-reader', 'system:aggregated-metrics-reader')
    .replaceAll('"tmp-dir"', '"tmp"')
    .replace('"replicas":1,', '')
  return JSON.parse(text, (key, value) => (key === 'args' ? value.toSorted() : value))
}
const byName = (manifests: readonly Manifest[]) =>
  manifests.map((m) => comparable(m) as Manifest).toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))

describe.skipIf(HELM === undefined)('helm lint', () => {
  it.each(VALUE_FILES)('has nothing to say with %s', async (file) => {
    const { succeeded, output, errors } = await helm([
      'lint',
      '--strict',
      '--quiet',
      '-f',
      `${CHART}/ci/${file}`,
      CHART,
    ])
    expect({ succeeded, said: output + errors }).toEqual({
      succeeded: true,
      said: expect.not.stringMatching(/WARN|ERR/),
    })
  })
})

describe.skipIf(HELM === undefined)('helm template', () => {
  it('renders by default what manifests/base renders', async () => {
    expect(byName(await template({}))).toEqual(byName(render('manifests/base') as Manifest[]))
  })

  it('renders with high-availability-values.yaml what that overlay renders', async () => {
    const overlay = JSON.stringify(render('manifests/overlays/high-availability')).replace(
      ',"namespaces":["kube-system"]',
      '',
    )
    expect(byName(await rendered('high-availability-values.yaml'))).toEqual(byName(JSON.parse(overlay) as Manifest[]))
  })

  it('renders with network-policy-values.yaml what that overlay renders', async () => {
    const overlay = render('manifests/overlays/network-policy') as Manifest[]
    expect(byName(await rendered('network-policy-values.yaml'))).toEqual(byName(overlay))
  })

  it.each(
    VALUE_FILES,
  )('renders with %s what fits the schemas, labelled, and arguments that are understood', async (file) => {
    const manifests = await rendered(file)
    expect((await Promise.all(manifests.map(schemaProblems))).flat()).toEqual([])
    expect(new Set(manifests.map(identityOf)).size).toBe(manifests.length)
    for (const { metadata } of manifests) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' })
    }
    expect(parseOptions(argsIn(manifests))).toMatchObject({ kind: 'run', ignored: [], warnings: [] })
  })

  it('labels Service and pods as the manifests do, so that documentation and monitoring fit both', async () => {
    const manifests = await template({})
    const { labels } = find(render('manifests/base') as Manifest[], 'Service', 'metrics-server').metadata
    expect(find(manifests, 'Service', 'metrics-server').metadata.labels).toMatchObject(labels ?? { missing: '' })
    expect(deploymentIn(manifests).template.metadata?.labels).toMatchObject(labels ?? { missing: '' })
  })

  it("selects pods by the labels of the Go server's chart, so that it can be upgraded to this one", async () => {
    expect(deploymentIn(await template({})).selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'metrics-server',
      'app.kubernetes.io/instance': 'metrics-server',
    })
  })
})

describe.skipIf(HELM === undefined)('tls.type', () => {
  const MOUNTED = ['--tls-cert-file=/tmp/tls-certs/tls.crt', '--tls-private-key-file=/tmp/tls-certs/tls.key']
  const secretOf = (manifests: readonly Manifest[]) =>
    deploymentIn(manifests).template.spec?.volumes?.find((v) => v.name === 'certs')?.secret?.secretName

  it('helm makes a certificate for the name that the apiserver asks, and has it verified', async () => {
    const manifests = await rendered('tls-helm-values.yaml')
    const { data } = find(manifests, 'Secret', 'metrics-server') as unknown as { data: Record<string, string> }
    const pem = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
    const leaf = new X509Certificate(pem('tls.crt'))
    expect(leaf.checkHost('metrics-server.kube-system.svc')).toBeDefined()
    expect(leaf.verify(new X509Certificate(pem('ca.crt')).publicKey)).toBe(true)
    expect(apiServiceIn(manifests).caBundle).toBe(data['ca.crt'])
    expect(apiServiceIn(manifests)).not.toHaveProperty('insecureSkipTLSVerify')
    expect(secretOf(manifests)).toBe('metrics-server')
    expect(argsIn(manifests)).toEqual(expect.arrayContaining(MOUNTED))
  })

  it('cert-manager has it issued by an authority of its own, and injected', async () => {
    const manifests = await rendered('tls-cert-manager-values.yaml')
    const leaf = find(manifests, 'Certificate', 'metrics-server').spec as Record<string, unknown>
    expect(leaf).toMatchObject({ secretName: secretOf(manifests), issuerRef: { name: 'metrics-server-issuer' } })
    expect(leaf.dnsNames).toContain('metrics-server.kube-system.svc')
    const ca = find(manifests, 'Certificate', 'metrics-server-ca').spec as Record<string, unknown>
    expect(find(manifests, 'Issuer', 'metrics-server-issuer').spec).toEqual({ ca: { secretName: ca.secretName } })
    const { annotations } = find(manifests, 'APIService', 'v1beta1.metrics.k8s.io').metadata
    expect(annotations).toEqual({ 'cert-manager.io/inject-ca-from': 'kube-system/metrics-server' })
    expect(apiServiceIn(manifests)).not.toHaveProperty('insecureSkipTLSVerify')
    expect(argsIn(manifests)).toEqual(expect.arrayContaining(MOUNTED))
  })

  it('cert-manager takes an issuer that is there', async () => {
    const manifests = await rendered('tls-existing-issuer-values.yaml')
    expect(manifests.filter((m) => m.kind === 'Issuer')).toEqual([])
    const { metadata, spec } = find(manifests, 'Certificate', 'metrics-server')
    expect(metadata).toMatchObject({
      annotations: { 'example.com/team': 'platform' },
      labels: { 'example.com/tier': 'infra' },
    })
    expect(spec).toMatchObject({
      issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company-ca' },
      duration: '2160h',
      renewBefore: '360h',
    })
  })

  it('existingSecret takes the Secret and the CA that are named', async () => {
    const manifests = await rendered('tls-existing-secret-values.yaml')
    expect(secretOf(manifests)).toBe('serving')
    expect(Buffer.from(apiServiceIn(manifests).caBundle ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERT/)
    expect(apiServiceIn(manifests)).not.toHaveProperty('insecureSkipTLSVerify')
  })
})
