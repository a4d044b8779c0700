import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'

/** What a kubelet shows of itself. */
export type KubeletCertificate =
  /** Signed by the cluster CA, for DNS:<node name> only: the address is not in it. */
  | 'node-name'
  /** Signed by the cluster CA, for node name and 127.0.0.1 (serverTLSBootstrap). */
  | 'node-name-and-ip'
  /** Signed by nobody whom the cluster knows, as a kubelet makes it at its first start. */
  | 'self-signed'
  /** Signed by the cluster CA for another node. */
  | 'wrong-name'
  | 'expired'

const DAY_MS = 86_400_000

export async function issueKubeletCertificate(
  kind: KubeletCertificate,
  nodeName: string,
  cluster: Authority,
): Promise<Pair> {
  const request = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'], usage: 'server' as const }
  const dns = [nodeName]
  switch (kind) {
    case 'node-name':
      return cluster.issue({ ...request, dns })
    case 'node-name-and-ip':
      return cluster.issue({ ...request, dns, ips: ['127.0.0.1'] })
    case 'self-signed':
      return (await createAuthority(`${nodeName}-ca`)).issue({ ...request, dns })
    case 'wrong-name':
      return cluster.issue({ ...request, dns: [`not-${nodeName}`] })
    case 'expired': {
      const now = Date.now()
      return cluster.issue({ ...request, dns, notBefore: new Date(now - 9 * DAY_MS), notAfter: new Date(now - DAY_MS) })
    }
  }
}
