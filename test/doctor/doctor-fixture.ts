import type { Cluster } from '../../sim/cluster.ts'
import { runDoctor } from '../../src/server/doctor.ts'
import type { Report } from '../../src/doctor/report.ts'
import type { CheckResult } from '../../src/doctor/check.ts'

export interface Diagnosis {
  readonly code: number
  /** Standard output as it came. */
  readonly out: string
  /** Standard error. */
  readonly err: string
}

export interface Environment {
  readonly firstProcess?: string
  readonly showsProgress?: boolean
  readonly terminal?: { readonly columns: number; readonly rows: number }
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the doctor with exactly these arguments. */
export async function doctor(argv: readonly string[], environment: Environment = {}): Promise<Diagnosis> {
  let out = ''
  let err = ''
  const code = await runDoctor({
    argv,
    version: '1.2.3',
    env: environment.env ?? {},
    program: '/app/dist/main.js',
    firstProcess: () => environment.firstProcess,
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    showsProgress: environment.showsProgress ?? false,
    terminal: environment.terminal,
  })
  return { code, out, err }
}

/** The flags by which the server reaches the simulated kubelets. */
export const kubeletFlags = (cluster: Cluster): string[] => [
  `--kubelet-certificate-authority=${cluster.files.clusterCa}`,
  '--kubelet-preferred-address-types=InternalIP',
  '--kubelet-use-node-status-port',
  '--kubelet-request-timeout=1s',
  '--metric-resolution=10s',
]

export interface Found extends Diagnosis {
  readonly report: Report
  /** The one result of that check, about that subject if one is named; an error when there is none or several. */
  check(check: string, subject?: string): CheckResult
  /** "failed node-tls node-02" of all checks that are not well. */
  readonly remarkable: readonly string[]
}

const nameOf = (flag: string): string => flag.split('=')[0] ?? ''

/** What the doctor reports of a cluster, run as its administrator; flags take the place of those of their names. */
export async function diagnose(cluster: Cluster, flags: readonly string[] = []): Promise<Found> {
  const usual = [`--kubeconfig=${cluster.files.admin}`, ...kubeletFlags(cluster)]
  const others = usual.filter((flag) => !flags.some((given) => nameOf(given) === nameOf(flag)))
  const diagnosis = await doctor([...others, ...flags, '-o', 'json'])
  const report = JSON.parse(diagnosis.out) as Report
  return {
    ...diagnosis,
    report,
    check(check, subject) {
      const found = report.steps.filter((s) => s.check === check && (subject === undefined || s.subject === subject))
      if (found.length !== 1 || found[0] === undefined)
        throw new Error(`${found.length} results of ${check} ${subject}: ${diagnosis.out}`)
      return found[0]
    },
    remarkable: report.steps
      .filter(({ status }) => status !== 'ok')
      .map(({ status, check, subject }) => `${status} ${check} ${subject}`.trim()),
  }
}
