import { X509Certificate } from 'node:crypto'
import type { V1APIServiceSpec } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { find, type Manifest } from '../support/manifests.ts'
import { HELM, template } from './helm.ts'
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.ts'

interface Secret extends Manifest {
  readonly data: Readonly<Record<string, string>>
}

const RENEW_AFTER = 'metrics-server/renew-after'
/** By which helm knows its own. */
const OWNED = { 'meta.helm.sh/release-name': 'metrics-server', 'meta.helm.sh/release-namespace': 'kube-system' }
const NOW = Math.floor(Date.now() / 1000)
const decoded = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString()
const secretIn = (manifests: readonly Manifest[]) => find(manifests, 'Secret', 'metrics-server') as Secret
const apiServiceIn = (manifests: readonly Manifest[]) =>
  find(manifests, 'APIService', 'v1beta1.metrics.k8s.io').spec as V1APIServiceSpec
const certificatesIn = (pem: string) =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map((m) => new X509Certificate(m[0]))

describe.skipIf(HELM === undefined)('an upgrade, which sees what is installed', () => {
  let cluster: InstalledCluster
  /** As the first installation made it. */
  let first: Secret
  beforeAll(async () => {
    cluster = await startInstalledCluster()
    first = secretIn(await template({ tls: { type: 'helm' } }))
  })
  afterAll(() => cluster.stop())

  /** The rendering of an upgrade of an installation that has this Secret. */
  async function upgraded(
    values: object,
    name: string,
    data: Secret['data'],
    annotations: Record<string, string> = {},
  ) {
    const metadata = {
      name,
      namespace: 'kube-system',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...OWNED, ...annotations },
    }
    cluster.hold({ apiVersion: 'v1', kind: 'Secret', metadata, data } satisfies Secret)
    return template(values, ...cluster.flags)
  }

  it('keeps a certificate of tls.type helm that is young', async () => {
    const annotations = { [RENEW_AFTER]: `${NOW + 3600}` }
    const second = await upgraded({ tls: { type: 'helm' } }, 'metrics-server', first.data, annotations)
    expect(secretIn(second).data).toEqual(first.data)
    expect(secretIn(second).metadata.annotations).toEqual(annotations)
    expect(apiServiceIn(second).caBundle).toBe(first.data['ca.crt'])
  })

  it('renews one that is due, and has the apiserver trust both until the pods show the new one', async () => {
    const second = await upgraded({ tls: { type: 'helm' } }, 'metrics-server', first.data, {
      [RENEW_AFTER]: `${NOW - 1}`,
    })
    const { data, metadata } = secretIn(second)
    expect(data['tls.crt']).not.toBe(first.data['tls.crt'])
    expect(Number(metadata.annotations?.[RENEW_AFTER])).toBeGreaterThan(NOW + 240 * 86_400)
    const bundle = decoded(apiServiceIn(second).caBundle)
    const leaves = [data['tls.crt'], first.data['tls.crt']].map((pem) => new X509Certificate(decoded(pem)))
    expect(leaves.map((leaf) => certificatesIn(bundle).some((ca) => leaf.checkIssued(ca)))).toEqual([true, true])
    const third = await upgraded({ tls: { type: 'helm' } }, 'metrics-server', data, { [RENEW_AFTER]: '1' })
    expect(certificatesIn(decoded(apiServiceIn(third).caBundle))).toHaveLength(2)
  })

  it("replaces what the Go server's chart left, which tells no end, and trusts it meanwhile", async () => {
    const { 'ca.crt': _, ...old } = first.data
    const second = await upgraded({ tls: { type: 'helm' } }, 'metrics-server', old)
    expect(secretIn(second).data['tls.crt']).not.toBe(old['tls.crt'])
    expect(decoded(apiServiceIn(second).caBundle)).toContain(decoded(old['tls.crt']).trim())
  })

  it('takes the CA of an existing Secret, and its certificate where it has none', async () => {
    const values = { tls: { type: 'existingSecret', existingSecret: { name: 'serving' } } }
    expect(apiServiceIn(await upgraded(values, 'serving', first.data)).caBundle).toBe(first.data['ca.crt'])
    const { 'ca.crt': _, ...selfSigned } = first.data
    const rendered = await upgraded(values, 'serving', selfSigned)
    expect(apiServiceIn(rendered)).toMatchObject({ caBundle: first.data['tls.crt'] })
    expect(apiServiceIn(rendered)).not.toHaveProperty('insecureSkipTLSVerify')
  })
})
