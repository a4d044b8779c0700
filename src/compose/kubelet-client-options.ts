import type { ClusterAccess } from '../cluster/access.ts'
import type { KubeletClientOptions } from '../kubelet/kubelet-client.ts'
import type { KubeletOptions } from '../options/options.ts'

/** How the flags want kubelets to be asked: the server's way, and the doctor's, who looks what the server would meet. */
export function kubeletClientOptions(
  kubelet: KubeletOptions,
  access: Pick<ClusterAccess, 'authorization'>,
  rest: Pick<KubeletClientOptions, 'tls' | 'clock' | 'keepAliveMs'>,
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
