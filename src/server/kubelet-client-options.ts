import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { KubeletClientOptions } from '../kubelet/client/kubelet-client.ts'
import type { FaultLog } from '../model/log.ts'
import type { KubeletOptions } from '../options/options.ts'

/** The options of the kubelet client by the flags, for the server and for the doctor. */
export function kubeletClientOptions(
  kubelet: KubeletOptions,
  access: Pick<ApiserverCredentials, 'authorization'>,
  rest: Pick<KubeletClientOptions, 'tls' | 'clock' | 'keepAliveMs' | 'isOwnCertificate' | 'onSummaryForbidden'>,
): KubeletClientOptions {
  const plain = kubelet.completelyInsecure
  return {
    port: kubelet.port,
    useNodeStatusPort: kubelet.useNodeStatusPort,
    preferredAddressTypes: kubelet.preferredAddressTypes,
    scheme: plain ? 'http' : 'https',
    source: kubelet.metricsSource,
    requestTimeoutMs: kubelet.requestTimeoutMs,
    authorization: () => (plain ? Promise.resolve(undefined) : access.authorization()),
    ...rest,
  }
}

const GRANT =
  'kubectl patch clusterrole system:metrics-server --type=json -p \'[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["nodes/stats"],"verbs":["get"]}}]\''

/** One warning for all nodes, since each of them is still served. */
export function warnOfForbiddenSummary(faults: FaultLog): (nodes: number) => void {
  const key = 'kubelet/nodes-stats'
  return (nodes) => {
    if (nodes === 0) faults.resolve(key)
    else {
      faults.report(
        key,
        'Kubelets refuse the Summary because the right to nodes/stats is missing; /metrics/resource is scraped instead, and new pods are served one scrape later',
        { nodes, fix: GRANT },
      )
    }
  }
}
