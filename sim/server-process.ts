import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROJECT = path.resolve(import.meta.dirname, '..')
/** This project's own server as it is shipped; `npm run build` makes it. */
export const BUILT_SERVER: readonly string[] = [process.execPath, path.join(PROJECT, 'dist', 'main.js')]
/** This project's own server, run from its sources. */
export const OWN_SERVER: readonly string[] = [process.execPath, path.join(PROJECT, 'src', 'main.ts')]

/** The words of a command that starts a metrics server, to which flags are added; quotes mean nothing. */
export const commandWords = (command: string): readonly string[] => command.split(' ').filter((word) => word !== '')

const LOG_CHARACTERS = 20_000
const STOP_MS = 8000

/** A metrics server as a child process. */
export interface ServerProcess {
  readonly port: number
  /** `undefined` when it could not be started. */
  readonly pid: number | undefined
  /** The end of what it has written. */
  log(): string
  /** `undefined` while it runs. */
  exitCode(): number | undefined
  /** Resolves once it takes connections; rejects, with its log, when it exits first or takes too long. */
  listening(limitMs: number): Promise<void>
  /** SIGTERM, and SIGKILL when that does not do. Gives its exit code; -1 when it was killed. */
  stop(): Promise<number>
}

/** The server exited or did not come up. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export function startServer(command: readonly string[], flags: readonly string[], port: number): ServerProcess {
  const [program = '', ...words] = command
  // A group of its own: Ctrl-C reaches this process only, which then stops the child in order.
  const child = spawn(program, [...words, ...flags], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let log = ''
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-LOG_CHARACTERS)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(`${error.message}\n`)))
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  return {
    port,
    pid: child.pid,
    log: () => log,
    exitCode: () => (gone() ? (child.exitCode ?? -1) : undefined),
    async listening(limitMs) {
      const until = performance.now() + limitMs
      while (!(await accepts(port))) {
        if (gone()) throw new ServerError(`the metrics server exited with ${child.exitCode}:\n${log}`)
        if (performance.now() > until) throw new ServerError(`the metrics server does not listen on ${port}:\n${log}`)
        await sleep(50)
      }
    },
    stop: () => stopChild(child, gone),
  }
}

async function stopChild(child: ChildProcess, gone: () => boolean): Promise<number> {
  if (!gone()) {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(timer)
  }
  return child.exitCode ?? -1
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
