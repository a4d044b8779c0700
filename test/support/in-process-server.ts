import { mkdtemp, rm } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../sim/cluster.ts'
import { freePort } from '../../sim/server-process.ts'
import { openLog, start } from '../../src/server.ts'
import { parseOptions } from '../../src/options/parse.ts'

export interface Reply {
  readonly status: number
  readonly body: string
}

/** The whole server in this process, against a simulated cluster, asked directly. */
export interface InProcessServer {
  readonly port: number
  /** Its whole log so far. */
  log(): string
  /** Asks with a bearer token, or as nobody in particular. */
  get(path: string, token?: string): Promise<Reply>
  stop(): Promise<void>
}

function ask(port: number, path: string, token: string | undefined): Promise<Reply> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Promise((resolve, reject) => {
    const request = https.get(
      { host: '127.0.0.1', port, path, headers, agent: false, rejectUnauthorized: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      },
    )
    request.on('error', reject)
  })
}

/** Starts it with the arguments that a manifest gives it, but for where it finds the cluster and listens. */
export async function startInProcess(cluster: Cluster, args: readonly string[]): Promise<InProcessServer> {
  const [port, certDir] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), 'in-process-'))])
  const here = [
    `--kubeconfig=${cluster.files.server}`,
    `--secure-port=${port}`,
    `--cert-dir=${certDir}`,
    '--bind-address=127.0.0.1',
  ]
  const outcome = parseOptions([...args, ...here])
  if (outcome.kind !== 'run') throw new Error(JSON.stringify(outcome))
  let log = ''
  const write = (line: string) => {
    log += line
  }
  const { options, flags } = outcome
  const running = await start(options, {
    log: openLog(options, write, 0),
    version: '0',
    flags,
    env: {},
    onClusterSize: () => {},
  })
  return {
    port,
    log: () => log,
    get: (path, token) => ask(port, path, token),
    async stop() {
      await running.stop()
      await rm(certDir, { recursive: true, force: true })
    },
  }
}
