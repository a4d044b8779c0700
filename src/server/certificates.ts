import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Trust } from '../auth/trust.ts'
import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { Follower } from '../files/follower.ts'
import type { Clock } from '../model/clock.ts'
import type { Logger } from '../model/log.ts'
import type { AuthenticationOptions, Options } from '../options/options.ts'
import type { CertificateInUse } from '../telemetry/certificate-expiry.ts'
import { warnOfOpenKeys } from '../tls/key-pair.ts'
import { loadServingCertificate, type ServingCertificate } from '../tls/serving-certificate.ts'
import { followSniCertificates, type SniCertificates } from '../tls/sni-certificates.ts'
import { type FollowedKubeletAccess, followKubeletAccess } from './kubelet-access.ts'
import type { OpenCluster } from './open-cluster.ts'

interface CertificateParts {
  readonly options: Options
  readonly cluster: OpenCluster
  readonly follower: Follower
  readonly clock: Clock
  readonly log: Logger
}

/** The certificates that the flags name, followed while they change. */
export interface Certificates {
  readonly serving: ServingCertificate
  readonly sni: SniCertificates
  readonly kubelet: FollowedKubeletAccess
  /** All that the server relies on now, those of the cluster's access among them. */
  inUse(): CertificateInUse[]
}

const PAIR_NAME = 'apiserver'

/** @throws UnusableError when files of the flags cannot be used. */
export async function openCertificates(parts: CertificateParts): Promise<Certificates> {
  const { options, cluster, follower, clock, log } = parts
  const { certFile, keyFile, certDir, bindAddress, sniCertKeys } = options.serving
  const serving = await loadServingCertificate({
    certFile,
    keyFile,
    certDir,
    pairName: PAIR_NAME,
    bindAddress,
    hostNames: [hostname()],
    clock,
    log,
    follower,
  })
  const sni = await followSniCertificates(sniCertKeys, follower)
  const kubelet = await followKubeletAccess(options.kubelet, cluster.access, follower)
  const made = certDir === '' ? undefined : join(certDir, `${PAIR_NAME}.key`)
  const keyFiles = [keyFile ?? made, ...sniCertKeys.map((one) => one.keyFile), options.kubelet.clientKeyFile]
  await warnOfOpenKeys(keyFiles, log)
  const { trust } = cluster
  const holders = { serving, sni, kubelet, trust, authentication: options.authentication }
  return { serving, sni, kubelet, inUse: () => certificatesInUse({ ...holders, accesses: cluster.accesses() }) }
}

interface CertificateHolders {
  readonly serving: ServingCertificate
  readonly sni: SniCertificates
  readonly trust: Trust
  readonly kubelet: FollowedKubeletAccess
  /** Of each kubeconfig once. */
  readonly accesses: readonly ApiserverCredentials[]
  readonly authentication: AuthenticationOptions
}

const CONFIG_MAP = 'configmap kube-system/extension-apiserver-authentication'

/** Every certificate that the server relies on now, its own and those of authorities; none that is not there. */
function certificatesInUse(holders: CertificateHolders): CertificateInUse[] {
  const { serving, sni, trust, kubelet, accesses, authentication } = holders
  const found: CertificateInUse[] = []
  const add = (purpose: string, source: string, pem: string | undefined, bundle: boolean): void => {
    const isKnown = found.some((one) => one.purpose === purpose && one.source === source)
    if (pem !== undefined && !isKnown) found.push({ purpose, source, pem, bundle })
  }
  const { clientCaPem, requestHeader } = trust.current()
  const toKubelets = kubelet.current()
  add('serving', serving.place, serving.current().certPem, false)
  for (const { certFile, pair } of sni.all()) add('serving-sni', certFile, pair.certPem, false)
  add('client-ca', authentication.clientCaFile ?? CONFIG_MAP, clientCaPem, true)
  add('front-proxy-ca', authentication.requestHeader.caFile ?? CONFIG_MAP, requestHeader?.caPem, true)
  add('kubelet-ca', kubelet.places.ca, toKubelets.ca, true)
  add('kubelet-client', kubelet.places.cert, toKubelets.cert, false)
  for (const { place, tls } of accesses) {
    add('apiserver-ca', place, tls.ca, true)
    add('apiserver-client', place, tls.cert, false)
  }
  return found
}
