import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'

/** Everything that is signed in a cluster. */
export interface Authorities {
  /** Signs apiserver, kubelets and client certificates. */
  readonly cluster: Authority
  readonly apiserver: Pair
  readonly admin: Pair
  readonly viewer: Pair
}

/** What the apiserver shows to an aggregated server, and who signed it. */
export interface FrontProxy {
  readonly caPem: string
  readonly client: Pair
}

export const FRONT_PROXY_NAME = 'front-proxy-client'

export async function createAuthorities(): Promise<Authorities> {
  const cluster = await createAuthority('kubernetes')
  const dns = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  const [apiserver, admin, viewer] = await Promise.all([
    cluster.issue({ commonName: 'kube-apiserver', dns, ips: ['127.0.0.1'], usage: 'server' }),
    cluster.issue({ commonName: 'admin', organizations: ['system:masters'], usage: 'client' }),
    cluster.issue({ commonName: 'viewer', organizations: ['viewers'], usage: 'client' }),
  ])
  return { cluster, apiserver, admin, viewer }
}

export async function createFrontProxy(): Promise<FrontProxy> {
  const authority = await createAuthority('front-proxy-ca')
  const client = await authority.issue({ commonName: FRONT_PROXY_NAME, usage: 'client' })
  return { caPem: authority.certPem, client }
}
