import { hostname } from 'node:os'
import { join } from 'node:path'
import type { CertificateInUse } from '../tls/certificate-in-use.ts'
import type { Clock } from '../model/clock.ts'
import type { Follower } from '../files/follow.ts'
import { warnOfOpenKeys } from '../tls/key-pair.ts'
import type { Logger } from '../model/log.ts'
import type { Options } from '../options/options.ts'
import { loadServingCertificate, type ServingCertificate } from '../tls/serving-certificate.ts'
import { followSniCertificates, type SniCertificates } from '../tls/sni-certificates.ts'
import { certificatesInUse } from './certificates-in-use.ts'
import { type FollowedKubeletAccess, followKubeletAccess } from './kubelet-access.ts'
import type { OpenCluster } from './open-cluster.ts'

export interface CertificateParts {
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
