import type { Reading, Trouble } from '../model/diagnosis.ts'
import { oneLine } from '../model/log.ts'

/** `ok`; `note`: worth knowing, keeps no metrics away; `skipped`: could not be checked; `failed`: wrong. */
export type Status = 'ok' | 'note' | 'skipped' | 'failed'

/** Which check, and of what. */
export interface CheckName {
  /** In the words of docs/doctor.md: "apiservice", "node-tls". */
  readonly check: string
  /** A node, a pod, an object; empty when the check says it all. */
  readonly subject: string
}

/** What one check found. Fields as `--output json` prints them: docs/doctor.md. */
export interface CheckResult extends CheckName {
  readonly status: Status
  /** What was found. One line. */
  readonly message: string
  /** How to fix it. One line; only when something is to be done. */
  readonly remedy?: string
  /** The kind of fault, where one check knows several: equal ones are reported once, with all their subjects. */
  readonly reason?: string
  /** How many things it is about, where it counts some. */
  readonly count?: number
  /** The failed checks that this follows from. */
  readonly causedBy?: readonly CheckName[]
}

/** Checks that belong together. When all have the status of `summary`, text shows that in their place. */
export interface Section {
  readonly checks: readonly CheckResult[]
  readonly summary?: CheckResult
}

/** Makes the results of one check of one subject. Names of the cluster's things are checked by nobody before they get here. */
export function about(check: string, subject = '') {
  const result = (status: Status, message: string, remedy?: string, reason?: string): CheckResult => ({
    check,
    subject: oneLine(subject, 320),
    status,
    message: oneLine(message, 1000),
    ...(remedy !== undefined && { remedy: oneLine(remedy, 500) }),
    ...(reason !== undefined && { reason: oneLine(reason, 100) }),
  })
  return {
    ok: (message: string) => result('ok', message),
    note: (message: string, remedy?: string, reason?: string) => result('note', message, remedy, reason),
    skipped: (message: string, remedy?: string) => result('skipped', message, remedy),
    failed: (message: string, remedy: string, reason?: string) => result('failed', message, remedy, reason),
  }
}

/** A result that is well, or that follows from failed checks. */
export function causedBy(result: CheckResult, causes: readonly CheckName[]): CheckResult {
  if (result.status === 'ok' || causes.length === 0) return result
  return { ...result, causedBy: causes.map(({ check, subject }) => ({ check, subject })) }
}

/** The server has no need to read these, so that they are not among its rights. */
const GRANT =
  "let the server's account read them: kubectl apply -k manifests/doctor, or --set rbac.doctor=true with the chart (docs/doctor.md)"

const UNREACHABLE =
  "is the address right (kubeconfig, or KUBERNETES_SERVICE_HOST), and is it reachable from here (network policies, kube-proxy, the control plane's firewall)?"

/** How to fix troubles that do not depend on what was read. */
export const TROUBLE_REMEDIES: Readonly<Record<Exclude<Trouble, 'absent' | 'forbidden'>, string>> = {
  unauthorized:
    "the credentials are not accepted or cannot be read: renew the kubeconfig's, or check the service account's token",
  unreachable: UNREACHABLE,
  untrusted: "give the certificate authority that signed the apiserver's certificate in the kubeconfig",
  unusable: 'is it a kube-apiserver that answers there, and is it healthy? Its /readyz?verbose says more',
}

/** The result for what could not be read: skipped where only a right is missing. */
export function unread(
  check: ReturnType<typeof about>,
  reading: Exclude<Reading<unknown>, { readonly found: unknown }>,
  wanted: {
    /** "list nodes.metrics.k8s.io" */
    readonly right: string
    /** What it means that it does not exist, and how to fix that. */
    readonly absent: readonly [message: string, remedy: string]
  },
): CheckResult {
  const { trouble, message } = reading
  if (trouble === 'absent') return check.failed(...wanted.absent)
  if (trouble === 'forbidden') return check.skipped(`no right to ${wanted.right}`, GRANT)
  return check.failed(message, TROUBLE_REMEDIES[trouble])
}

/** A clock that is off by more is wrong: any time service holds milliseconds, and half a second is our own error. */
const MOST_SKEW_MS = 5000

/** A day in UTC, "2026-01-31". */
export const day = (ms: number): string =>
  Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'an unknown day'

/** "+0.2 s" */
export const signedSeconds = (ms: number): string => `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(1)} s`

/** Whether another machine's clock agrees with ours. */
export function clockCheck(check: ReturnType<typeof about>, aheadMs: number): CheckResult {
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return check.ok(`its clock agrees with ours (${signedSeconds(aheadMs)})`)
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  const direction = aheadMs > 0 ? 'ahead of' : 'behind'
  const remedy =
    'let a time service (chrony, systemd-timesyncd) set it; when every machine is off by the same, it is the clock here. Metrics are served with corrected times, but certificates and tokens are judged by these clocks'
  return check.failed(`its clock is ${seconds} s ${direction} ours`, remedy, direction)
}

/** Runs `work` over all, at most `limit` at a time, and gives the results in the order of `all`. */
export async function bounded<T, R>(all: readonly T[], limit: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length)
  const entries = all.entries()
  const worker = async (): Promise<void> => {
    // One iterator for all workers: each takes the next that nobody has taken.
    for (const [i, one] of entries) results[i] = await work(one)
  }
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, worker))
  return results
}
