import type { Reading, Trouble } from '../model/diagnosis.ts'
import { oneLine } from '../model/one-line.ts'

/**
 * `ok`; `note`: worth knowing, but nothing that keeps metrics away; `skipped`: could not be looked at; `failed`: wrong.
 */
export type Status = 'ok' | 'note' | 'skipped' | 'failed'

/** One thing that was looked at. */
export interface Step {
  /** Which check, in the words of docs/doctor.md: "apiservice", "node-tls". */
  readonly check: string
  /** What it was about: a node, a pod, an object; empty when the check says it all. */
  readonly subject: string
  readonly status: Status
  /** What was found. One line. */
  readonly message: string
  /** What mends it. One line; only when something is to be done. */
  readonly remedy?: string
}

/** Steps that belong together. When all have the status of `summary`, text shows that in their place. */
export interface Section {
  readonly steps: readonly Step[]
  readonly summary?: Step
}

/** Names of the cluster's things are checked by nobody before they get here. */
const plain = (text: string, limit: number): string => oneLine(text, limit)

/** What a check says of one subject. */
export function about(check: string, subject = '') {
  const step = (status: Status, message: string, remedy?: string): Step => ({
    check,
    subject: plain(subject, 320),
    status,
    message: plain(message, 1000),
    ...(remedy !== undefined && { remedy: plain(remedy, 500) }),
  })
  return {
    ok: (message: string) => step('ok', message),
    note: (message: string, remedy?: string) => step('note', message, remedy),
    skipped: (message: string, remedy?: string) => step('skipped', message, remedy),
    failed: (message: string, remedy: string) => step('failed', message, remedy),
  }
}

/** What the server has no need to read is not among its rights. */
const GRANT = "kubectl apply -k manifests/doctor grants it to the server's service account"

const UNREACHABLE =
  "is the address right (kubeconfig, or KUBERNETES_SERVICE_HOST), and is it reachable from here (network policies, kube-proxy, the control plane's firewall)?"

/** What to do about troubles that do not depend on what was asked for. */
export const TROUBLE_REMEDIES: Readonly<Record<Exclude<Trouble, 'absent' | 'forbidden'>, string>> = {
  unauthorized:
    "the credentials are not accepted or cannot be read: renew the kubeconfig's, or look at the service account's token",
  unreachable: UNREACHABLE,
  untrusted: "give the certificate authority that signed the apiserver's certificate in the kubeconfig",
  unusable: 'is it a kube-apiserver that answers there, and is it healthy? Its /readyz?verbose tells',
}

/** The step for what could not be read: skipped where only a right is missing. */
export function unread(
  asked: ReturnType<typeof about>,
  reading: Exclude<Reading<unknown>, { readonly found: unknown }>,
  wish: {
    /** "list nodes.metrics.k8s.io" */
    readonly right: string
    /** What it means that it is not there, and what mends that. */
    readonly absent: readonly [message: string, remedy: string]
  },
): Step {
  const { trouble, message } = reading
  if (trouble === 'absent') return asked.failed(...wish.absent)
  if (trouble === 'forbidden') return asked.skipped(`may not ${wish.right}`, GRANT)
  return asked.failed(message, TROUBLE_REMEDIES[trouble])
}
