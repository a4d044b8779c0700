import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import * as aggregation from '../cluster/inspection/aggregation.ts'
import * as apiserver from '../cluster/inspection/apiserver.ts'
import { createKubernetesApi } from '../cluster/inspection/kubernetes-api.ts'
import * as workloads from '../cluster/inspection/workloads.ts'
import { about, type Section } from '../doctor/check.ts'
import { examine, withoutApiserver } from '../doctor/examine.ts'
import type { ClusterFacts, DoctorSettings } from '../doctor/facts.ts'
import { reportOf } from '../doctor/report.ts'
import { textReport } from '../doctor/text.ts'
import type { Follower } from '../files/follower.ts'
import { readTextFile, UnusableError } from '../files/text-file.ts'
import { createKubeletProbe } from '../kubelet/diagnose/kubelet-probe.ts'
import { type Clock, createSystemClock } from '../model/clock.ts'
import type { Logger } from '../model/log.ts'
import { parseDoctorOptions, serverArgumentsIn } from '../options/doctor.ts'
import type { Options } from '../options/options.ts'
import { errorText } from '../telemetry/logging/error-text.ts'
import { followKubeletAccess, kubeletClientOptions } from './kubelet-access.ts'
import { openRoleClients, type RoleClients } from './role-clients.ts'

interface DoctorParts {
  /** Without "doctor". */
  readonly argv: readonly string[]
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The script that runs. */
  readonly program: string
  /** The command line of the container's first process, as /proc has it: it may be the server. */
  firstProcess(): string | undefined
  /** The report, and help. */
  stdout(text: string): void
  stderr(text: string): void
  /** Whether standard error is a terminal, where progress can be shown. */
  readonly showsProgress: boolean
  /** The size of the terminal that standard output is; `undefined` where it is none. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined
}

/** Certificates or keys that flags name cannot be read or used. */
class FlagFilesError extends Error {
  override readonly name = 'FlagFilesError'
}

/** Somebody waits for the report. */
const TIMEOUT_MS = 15_000
/** Fewer nodes are done before anybody wonders. */
const MANY_NODES = 20

/**
 * Checks what keeps metrics from being served; resolves with the exit code. 0: nothing is wrong; 1: something is;
 * 2: bad flags, or files of theirs that cannot be used.
 */
export async function runDoctor(parts: DoctorParts): Promise<number> {
  const outcome = parseDoctorOptions(parts.argv, () => serverArgumentsIn(parts.firstProcess() ?? '', parts.program))
  if (outcome.kind === 'help') parts.stdout(outcome.text)
  if (outcome.kind === 'invalid') for (const problem of outcome.problems) parts.stderr(`Error: ${problem}\n`)
  if (outcome.kind !== 'run') return outcome.kind === 'help' ? 0 : 2
  const { options, output, quiet, flags } = outcome
  const clock = createSystemClock()
  let sections: readonly Section[]
  try {
    sections = await sectionsOf(options, flags, clock, parts)
  } catch (error) {
    if (!(error instanceof FlagFilesError)) throw error
    parts.stderr(`Error: ${error.message}\n`)
    return 2
  }
  const report = reportOf(sections, parts.version, clock.wallMs())
  const { terminal } = parts
  const text = output === 'text' && textReport(sections, report, { quiet, terminal, colour: hasColour(parts) })
  parts.stdout(text === false ? `${JSON.stringify(report, null, 2)}\n` : text)
  return report.healthy ? 0 : 1
}

/** On a terminal, unless NO_COLOR (https://no-color.org) is set or the terminal has none. */
const hasColour = ({ terminal, env }: DoctorParts): boolean =>
  terminal !== undefined && !env.NO_COLOR && env.TERM !== 'dumb'

/** Without credentials there is one thing to say, and the rest cannot be checked. */
async function sectionsOf(
  options: Options,
  flags: string,
  clock: Clock,
  parts: DoctorParts,
): Promise<readonly Section[]> {
  const userAgent = `metrics-server-doctor/v${parts.version}`
  const context = { clock, env: parts.env, follower: readOnce, userAgent, timeoutMs: TIMEOUT_MS, log: logTo(parts) }
  let roles: RoleClients
  try {
    roles = await openRoleClients(options, context)
  } catch (error) {
    if (!(error instanceof UnusableError)) throw error
    const remedy = 'give --kubeconfig, or run it in a pod with a service account'
    const failed = about('apiserver').failed(error.message, remedy)
    return [{ checks: [about('flags').ok(flags), failed] }, withoutApiserver(failed)]
  }
  try {
    return await walk(options, flags, clock, roles, parts)
  } finally {
    await roles.close()
  }
}

/** @throws FlagFilesError */
async function openProbe(
  { kubelet }: Options,
  access: ApiserverCredentials,
  clock: Clock,
): Promise<ReturnType<typeof createKubeletProbe>> {
  try {
    const tls = (await followKubeletAccess(kubelet, access, readOnce)).current()
    const keepAliveMs = kubelet.requestTimeoutMs
    return createKubeletProbe(kubeletClientOptions(kubelet, access, { tls, clock, keepAliveMs }))
  } catch (cause) {
    const problem = cause instanceof UnusableError ? cause.message : errorText(cause)
    throw new FlagFilesError(`the files of the kubelet flags cannot be used: ${problem}`, { cause })
  }
}

async function walk(
  options: Options,
  flags: string,
  clock: Clock,
  roles: RoleClients,
  parts: DoctorParts,
): Promise<readonly Section[]> {
  const kubelets = await openProbe(options, roles.access, clock)
  const progress = createProgress(parts)
  const settings = { ...settingsOf(options, flags), ownTrust: await ownTrustOf(options) }
  try {
    const cluster = await clusterFacts(roles, options, clock)
    return await examine({ cluster, kubelets, settings, wallMs: () => clock.wallMs(), progress: progress.show })
  } finally {
    progress.clear()
    await kubelets.close()
  }
}

/** @throws FlagFilesError */
async function ownTrustOf({ authentication }: Options): Promise<DoctorSettings['ownTrust']> {
  const { clientCaFile, requestHeader } = authentication
  const read = (path: string | undefined) => (path === undefined ? undefined : readTextFile(path, 'the CA file'))
  try {
    const [clientCaPem, caPem] = await Promise.all([read(clientCaFile), read(requestHeader.caFile)])
    return { clientCaPem, frontProxy: caPem === undefined ? undefined : { ...requestHeader, caPem } }
  } catch (cause) {
    if (!(cause instanceof UnusableError)) throw cause
    throw new FlagFilesError(cause.message, { cause })
  }
}

function settingsOf({ kubelet, authentication, ...options }: Options, flags: string): Omit<DoctorSettings, 'ownTrust'> {
  return {
    flags,
    resolutionMs: options.metricResolutionMs,
    nodeSelector: options.nodeSelector,
    metricsSource: kubelet.metricsSource,
    ownKubeletCredentials: kubelet.completelyInsecure || kubelet.clientCertFile !== undefined,
    skipsFrontProxyLookup: authentication.skipLookup,
    givesFrontProxyAuthority: authentication.requestHeader.caFile !== undefined,
  }
}

/** What somebody who waits wants to know, such as that a credential plugin is waited for. */
function logTo({ stderr }: DoctorParts): Logger {
  const write = (message: string): void => stderr(`${message}\n`)
  return { error: write, warn: write, info: write, verbose: () => {} }
}

/** One line of the terminal, written over and over. */
function createProgress({ showsProgress, stderr }: DoctorParts) {
  let shown = false
  return {
    show(done: number, total: number): void {
      if (!showsProgress || total < MANY_NODES) return
      shown = true
      stderr(`\r${done} of ${total} nodes`)
    },
    clear(): void {
      if (shown) stderr('\r\u001b[K')
    },
  }
}

/** What the doctor reads from the apiserver, each with the credentials that the server would use for it. */
async function clusterFacts({ access, client }: RoleClients, options: Options, clock: Clock): Promise<ClusterFacts> {
  const [main, lookup, authentication, authorization] = await Promise.all([
    createKubernetesApi(client.main),
    createKubernetesApi(client.lookup),
    createKubernetesApi(client.authentication),
    createKubernetesApi(client.authorization),
  ])
  const byRole = { main, authentication, authorization }
  return {
    // Not `href`: a URL may have a name and a password in it.
    server: (access.server.origin + access.server.pathname).replace(/\/$/, ''),
    version: () => apiserver.readVersion(main, clock),
    ownName: () => apiserver.readOwnName(main),
    may: (right, role) => apiserver.readOwnRight(byRole[role], right),
    apiService: () => aggregation.readApiService(main),
    metricsApi: () => aggregation.readMetricsApi(main),
    service: (namespace, name) => aggregation.readService(main, namespace, name),
    endpoints: (namespace, name) => aggregation.readEndpoints(main, namespace, name),
    frontProxy: () => aggregation.readFrontProxy(lookup),
    nodes: () => workloads.readNodes(main, options.nodeSelector),
    runningPods: (withNodes) => workloads.readRunningPods(main, withNodes),
    podsOf: (nodeName) => workloads.readPodsOf(main, nodeName),
    pod: (namespace, name) => workloads.readPod(main, namespace, name),
    servedNodes: () => workloads.readServedNodes(main),
    servedPods: () => workloads.readServedPods(main),
    autoscalers: () => workloads.readAutoscalers(main),
  }
}

/** Reads each source once: the doctor ends before anything is replaced. */
const readOnce: Follower = {
  async follow(source) {
    let current = await source.read(undefined)
    return {
      current: () => current,
      onChange: () => {},
      async renew() {
        const next = await source.read(current)
        const changed = !source.isSame(next, current)
        current = next
        return changed
      },
    }
  },
}
