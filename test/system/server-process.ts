import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from '../../sim/cluster.ts'
import { freePort } from '../../sim/server-process.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const API = '/apis/metrics.k8s.io/v1beta1'
const EVERY_MS = 50

export interface Reply {
  readonly status: number
  readonly body: string
}

/** The server as a process of its own, run against a simulated cluster, asked directly and not through the apiserver. */
export interface ServerProcess {
  readonly port: number
  /** Its whole log so far. */
  log(): string
  /** Asks as a member of system:masters, for a media type or for any. */
  get(path: string, accept?: string): Promise<Reply>
  /** The names of a list, sorted: "node-01", "default/web-1". */
  names(resource: 'nodes' | 'pods'): Promise<string[]>
  signal(signal: NodeJS.Signals): void
  /** The exit code. */
  exited(): Promise<number | null>
  stop(): Promise<void>
}

/** Asks until `holds` does. @throws Error with what it said last, after `withinMs`. */
export async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean, withinMs = 15_000): Promise<T> {
  const due = Date.now() + withinMs
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (Date.now() > due) throw new Error(`not so within ${withinMs} ms: ${JSON.stringify(value).slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}

/** Asks until a server says that it is ready. @throws Error with what it said last, after `withinMs`. */
export const untilReady = (server: { get(path: string): Promise<Reply> }, withinMs?: number): Promise<Reply> =>
  until(
    () => server.get('/readyz'),
    ({ status }) => status === 200,
    withinMs,
  )

function request(port: number, path: string, agent: https.Agent, accept = '*/*'): Promise<Reply> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, body: error.message })
    const asked = https.get(
      { host: '127.0.0.1', port, path, agent, timeout: 10_000, headers: { accept } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('error', failed).on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s'))).on('error', failed)
  })
}

/**
 * Starts it with verification of kubelets on; `flags` come last and win.
 * @param program the sources as they are, unless another file is given: the one that was built.
 */
export async function startServer(
  cluster: Cluster,
  flags: readonly string[] = [],
  program = MAIN,
): Promise<ServerProcess> {
  const [port, certDir] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), 'metrics-server-'))])
  const fixed = [
    `--kubeconfig=${cluster.files.server}`,
    `--secure-port=${port}`,
    `--cert-dir=${certDir}`,
    '--bind-address=127.0.0.1',
    '--kubelet-preferred-address-types=InternalIP',
    '--kubelet-use-node-status-port',
    '--kubelet-request-timeout=2s',
    '--metric-resolution=10s',
  ]
  const child = spawn(process.execPath, [program, ...fixed, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit') as Promise<[number | null]>
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const { certPem: cert, keyPem: key } = cluster.authorities.admin
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, cert, key })
  const get = (path: string, accept?: string) => request(port, path, agent, accept)
  return {
    port,
    log: () => log,
    get,
    names: async (resource) => namesOf(await get(`${API}/${resource}`)),
    signal: (signal) => void child.kill(signal),
    exited: async () => (await exit)[0],
    async stop() {
      await end(child, exit)
      agent.destroy()
      await rm(certDir, { recursive: true, force: true })
    },
  }
}

function namesOf({ status, body }: Reply): string[] {
  if (status !== 200) return []
  const { items } = JSON.parse(body) as { items: { metadata: { name: string; namespace?: string } }[] }
  return items.map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join('/')).sort()
}

async function end(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exit
  clearTimeout(timer)
}

/** The secret parts of a kubeconfig: tokens and keys, each as it might turn up in a log. */
export async function secretsOf(kubeconfig: string): Promise<string[]> {
  const text = await readFile(kubeconfig, 'utf8')
  return [...text.matchAll(/(?:token|client-key-data):\s*"?([^\s"]+)/g)].map((match) => match[1] ?? '')
}
