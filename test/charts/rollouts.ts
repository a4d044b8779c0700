import { X509Certificate } from 'node:crypto'
import type { V1APIServiceSpec, V1DeploymentSpec, V1ServiceSpec } from '@kubernetes/client-node'
import type { Manifest } from '../support/manifests.ts'
import type { InstalledCluster } from './installed-cluster.ts'

type Labels = Readonly<Record<string, string>>
const labelsOf = ({ metadata }: Manifest): Labels => metadata.labels ?? {}
const annotation = ({ metadata }: Manifest, name: string) => metadata.annotations?.[name]
const selects = (selector: Labels | undefined, object: Manifest) =>
  Object.entries(selector ?? {}).every(([key, value]) => labelsOf(object)[key] === value)
const decoded = (text: string) => Buffer.from(text, 'base64').toString()

/** The ReplicaSet of a pod, the Deployment of a ReplicaSet, and what a pod serves with. */
const OWNER = 'test/owner'
const CERTIFICATE = 'test/certificate'

const trusts = ({ insecureSkipTLSVerify, caBundle }: V1APIServiceSpec, certificate: string | undefined): boolean => {
  if (insecureSkipTLSVerify) return true
  if (!caBundle || certificate === undefined) return false
  const authorities = decoded(caBundle).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const leaf = new X509Certificate(certificate)
  // One that signed itself may stand in the bundle as it is.
  const signed = (authority: X509Certificate) => authority.raw.equals(leaf.raw) || leaf.checkIssued(authority)
  return authorities.some((pem) => signed(new X509Certificate(pem)))
}

/** Why a request for metrics would fail now; undefined when it would not. */
function faultIn(cluster: InstalledCluster): string | undefined {
  const [apiService] = cluster.objects('APIService')
  const spec = apiService?.spec as V1APIServiceSpec | undefined
  if (spec === undefined) return 'there is no APIService'
  const service = cluster.objects('Service').find(({ metadata }) => metadata.name === spec.service?.name)
  if (service === undefined) return 'there is no Service'
  const pods = cluster.objects('Pod').filter((pod) => selects((service.spec as V1ServiceSpec).selector, pod))
  if (pods.length === 0) return 'the Service selects no pod'
  const stranger = pods.find((pod) => !trusts(spec, annotation(pod, CERTIFICATE)))
  return stranger && `the apiserver does not trust pod ${stranger.metadata.name}`
}

/** What the controllers of a cluster do with its Deployments, when they are told to, and what clients lose meanwhile. */
export class Rollouts {
  /** Each way in which a request would have failed since the last look. */
  readonly faults: string[] = []
  readonly #cluster: InstalledCluster

  constructor(cluster: InstalledCluster) {
    this.#cluster = cluster
  }

  /** From now on a fault after any write is noted. */
  watch(): void {
    this.faults.length = 0
    this.#cluster.onWrite(() => this.#look())
    this.#look()
  }

  unwatch(): void {
    this.#cluster.onWrite(() => {})
  }

  /** Each Deployment gets a new pod, and when that serves, those of its former ReplicaSets go, with those it adopts. */
  finish(): void {
    for (const deployment of this.#cluster.objects('Deployment')) {
      const former = this.#cluster.objects('ReplicaSet').filter((set) => this.#owns(deployment, set))
      const { generation } = deployment.metadata as { generation?: number }
      const name = `${deployment.metadata.name}-${this.#uidOf(deployment).slice(-4)}-${generation}`
      if (former.some((set) => set.metadata.name === name)) continue
      const { replicas = 1 } = deployment.spec as V1DeploymentSpec
      const status = { observedGeneration: generation, updatedReplicas: replicas, availableReplicas: replicas }
      if (!this.#start(deployment, name)) {
        this.#cluster.put({ ...deployment, status: { ...status, replicas: replicas + 1 } })
        continue
      }
      this.#look()
      for (const set of former) this.#stop(set.metadata.name)
      this.#look()
      this.#cluster.put({ ...deployment, status: { ...status, replicas } })
    }
  }

  #uidOf = ({ metadata }: Manifest) => String((metadata as { uid?: string }).uid)

  /** By its reference, or because nobody has it and its labels fit. */
  #owns(deployment: Manifest, set: Manifest): boolean {
    const owner = annotation(set, OWNER)
    if (owner === this.#uidOf(deployment)) return true
    const orphan = !this.#cluster.objects('Deployment').some((other) => this.#uidOf(other) === owner)
    return orphan && selects((deployment.spec as V1DeploymentSpec).selector.matchLabels, set)
  }

  /** False when the pod waits for a Secret that is not there. */
  #start(deployment: Manifest, name: string): boolean {
    const { template } = deployment.spec as V1DeploymentSpec
    const namespace = deployment.metadata.namespace ?? ''
    const labels = template.metadata?.labels ?? {}
    const secretName = template.spec?.volumes?.find(({ secret }) => secret !== undefined)?.secret?.secretName
    const secret = this.#cluster.objects('Secret').find(({ metadata }) => metadata.name === secretName)
    const certificate = (secret?.data as Labels | undefined)?.['tls.crt']
    if (secretName !== undefined && certificate === undefined) return false
    const owned = { [OWNER]: this.#uidOf(deployment) }
    this.#cluster.put({
      ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
      metadata: { name, namespace, labels, annotations: owned },
    })
    const annotations: Record<string, string> = { [OWNER]: name }
    if (certificate !== undefined) annotations[CERTIFICATE] = decoded(certificate)
    this.#cluster.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-pod`, namespace, labels, annotations },
    })
    return true
  }

  #stop(set: string): void {
    const others = (kind: string, keep: (object: Manifest) => boolean) => this.#cluster.objects(kind).filter(keep)
    const kept = [
      ...others('Pod', (pod) => annotation(pod, OWNER) !== set),
      ...others('ReplicaSet', ({ metadata }) => metadata.name !== set),
    ]
    this.#cluster.replaceKinds(['Pod', 'ReplicaSet'], kept)
  }

  #look(): void {
    const fault = faultIn(this.#cluster)
    if (fault !== undefined && this.faults.at(-1) !== fault) this.faults.push(fault)
  }
}
