import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { Follower, Source } from '../files/follower.ts'
import { readTextFile } from '../files/text-file.ts'
import type { KubeletClientOptions } from '../kubelet/client/kubelet-client.ts'
import type { FaultLog } from '../model/log.ts'
import type { KubeletOptions } from '../options/options.ts'
import { readAuthorities } from '../tls/ca-bundle.ts'
import { isSamePair, readPair } from '../tls/key-pair.ts'

/** How kubelets are verified, and the client certificate for them. All PEM. */
export interface KubeletAccess {
  readonly insecure: boolean
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** The access by the current content of its files. */
export interface FollowedKubeletAccess {
  current(): KubeletAccess
  /** After every change of `current()`. */
  onChange(listener: () => void): void
  /** Where its parts come from. */
  readonly places: { readonly ca: string; readonly cert: string }
}

/** The credentials for the apiserver, used where no flag sets others. */
interface ClusterCredentials {
  readonly tls: KubeletAccess
  readonly place: string
  onChange(listener: () => void): void
}

const caSource = (path: string): Source<string> => ({
  name: `--kubelet-certificate-authority ${path}`,
  async read() {
    const pem = await readTextFile(path, '--kubelet-certificate-authority: the file')
    return readAuthorities(pem, `--kubelet-certificate-authority: ${path}`)
  },
  isSame: (a, b) => a === b,
})

/**
 * The credentials for kubelets: those for the apiserver, overridden by the kubelet flags, as in the Go server
 * (cmd/metrics-server/app/options/kubelet_client.go). Both are followed; no credential is sent over plain HTTP.
 * @throws UnusableError naming the file that cannot be used.
 */
export async function followKubeletAccess(
  options: KubeletOptions,
  cluster: ClusterCredentials,
  follower: Follower,
): Promise<FollowedKubeletAccess> {
  const { caFile, clientCertFile: certFile, clientKeyFile: keyFile } = options
  const places = { ca: caFile ?? cluster.place, cert: certFile ?? cluster.place }
  if (options.completelyInsecure) {
    const nothing: KubeletAccess = { insecure: true, ca: undefined, cert: undefined, key: undefined }
    return { current: () => nothing, onChange: () => {}, places }
  }
  const ca = caFile === undefined ? undefined : await follower.follow(caSource(caFile))
  const pair =
    certFile === undefined || keyFile === undefined
      ? undefined
      : await follower.follow({
          name: `--kubelet-client-certificate ${certFile}`,
          read: () => readPair({ certFile, keyFile }),
          isSame: isSamePair,
        })

  function current(): KubeletAccess {
    const { tls } = cluster
    // A kubeconfig that does not check the apiserver does not check kubelets either, unless their CA is given.
    const insecure = options.insecureTls || (tls.insecure && ca === undefined)
    const { certPem: cert, keyPem: key } = pair?.current() ?? { certPem: tls.cert, keyPem: tls.key }
    return { insecure, ca: insecure ? undefined : (ca?.current() ?? tls.ca), cert, key }
  }
  return {
    current,
    onChange(listener) {
      let reported = current()
      const check = (): void => {
        const now = current()
        const isSame = now.ca === reported.ca && now.cert === reported.cert && now.key === reported.key
        if (isSame && now.insecure === reported.insecure) return
        reported = now
        listener()
      }
      for (const source of [ca, pair, cluster]) source?.onChange(check)
    },
    places,
  }
}

/** The options of the kubelet client by the flags, for the server and for the doctor. */
export function kubeletClientOptions(
  kubelet: KubeletOptions,
  access: Pick<ApiserverCredentials, 'authorization'>,
  rest: Pick<
    KubeletClientOptions,
    'tls' | 'clock' | 'keepAliveMs' | 'isOwnCertificate' | 'onSummaryForbidden' | 'readsPressure'
  >,
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
