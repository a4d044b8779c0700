import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { Trust } from '../auth/trust.ts'
import type { CertificateInUse } from '../tls/certificate-in-use.ts'
import type { AuthenticationOptions } from '../options/options.ts'
import type { ServingCertificate } from '../tls/serving-certificate.ts'
import type { SniCertificates } from '../tls/sni-certificates.ts'
import type { FollowedKubeletAccess } from './kubelet-access.ts'

export interface CertificateHolders {
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
export function certificatesInUse(holders: CertificateHolders): CertificateInUse[] {
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
