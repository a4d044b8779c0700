import { once as onceEmitted } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster } from '../cluster.ts'
import { freePort, OWN_SERVER, ServerError, type ServerProcess, startServer } from '../server-process.ts'
import { lasts } from '../world/truth.ts'
import { keyOf } from '../world/world.ts'
import { type DemoArguments, kubeletFlags, serverFlags } from './arguments.ts'
import { greeting, type GreetingParts, writeDoctor } from './greeting.ts'
import { page } from './page.ts'
import { type Output, openScreen } from './screen.ts'
import { createTopClient, type TopClient } from './top-client.ts'

const LISTEN_MS = 20_000
const CHANGE_MS = 20_000
const REDRAW_MS = 1000
const SWAP_BYTES = 2 * 2 ** 30

/**
 * Runs the demo until its work is done or `signal` is aborted, and cleans up. Rejects, with the end of the server's log,
 * when the server does not come to serve every node and every lasting pod.
 */
export async function runDemo(demo: DemoArguments, output: Output, signal: AbortSignal): Promise<void> {
  const { nodes, pods, once } = demo
  const cluster = await startCluster({
    nodes,
    podsPerNode: pods,
    swapBytes: SWAP_BYTES,
    // The Go server verifies addresses, and has no other way to reach these kubelets.
    certificateOf: () => 'node-name-and-ip',
    ...(!once && { changeEveryMs: CHANGE_MS }),
  })
  try {
    const port = await freePort()
    const server = startServer(demo.server ?? OWN_SERVER, serverFlags(cluster.files, port, demo.resolutionMs), port)
    try {
      await untilAborted(server.listening(LISTEN_MS), signal)
      await cluster.registerMetricsServer({ port })
      const { directory, admin } = cluster.files
      const doctor = await writeDoctor(directory, admin, kubeletFlags(cluster.files, demo.resolutionMs))
      const parts = { cluster, port, isOwn: demo.server === undefined, doctor }
      if (!once) output.write(`${greeting(parts, columnsOf(output)).join('\n')}\n\n`)
      const client = createTopClient(admin)
      await complete(cluster, client, server, 3 * demo.resolutionMs + LISTEN_MS, signal)
      if (once) {
        const lines = page([], await client.usage(), undefined).slice(1)
        output.write(`${lines.join('\n')}\n`)
      } else await watch(demo, parts, { client, server, output, signal })
    } finally {
      await server.stop()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await cluster.stop()
  }
}

/** The result of `work`, unless `signal` is aborted before. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const done = new AbortController()
  const aborted = onceEmitted(signal, 'abort', { signal: done.signal }).then(() => Promise.reject(signal.reason))
  // Which of the two comes first is what counts; the other one may fail unseen.
  aborted.catch(() => {})
  work.catch(() => {})
  try {
    return await Promise.race([work, aborted])
  } finally {
    done.abort()
  }
}

/** Of a terminal; what is no terminal is not wrapped. */
const columnsOf = ({ isTTY, columns }: Output): number | undefined => (isTTY ? (columns ?? 80) : undefined)

/** Waits until metrics of all nodes and of all pods that last are served. */
async function complete(
  cluster: Cluster,
  client: TopClient,
  server: ServerProcess,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + limitMs
  let last = 'nothing was read'
  while (performance.now() < until) {
    if (server.exitCode() !== undefined)
      throw new ServerError(`the metrics server exited with ${server.exitCode()}:\n${server.log()}`)
    try {
      const { nodes, pods } = await client.usage()
      const served = new Set(pods.map(keyOf))
      const missing = [...cluster.world.pods].filter((pod) => lasts(pod) && !served.has(keyOf(pod)))
      if (nodes.length === cluster.world.nodes.size && missing.length === 0) return
      last = `${nodes.length} of ${cluster.world.nodes.size} nodes were served, ${missing.length} pods were not`
    } catch (error) {
      last = (error as Error).message
    }
    await sleep(200, undefined, { signal })
  }
  throw new ServerError(`not all metrics came within ${limitMs / 1000} s: ${last}\n${server.log()}`)
}

interface Watched {
  readonly client: TopClient
  readonly server: ServerProcess
  readonly output: Output
  readonly signal: AbortSignal
}

async function watch(
  demo: DemoArguments,
  parts: GreetingParts,
  { client, server, output, signal }: Watched,
): Promise<void> {
  const screen = openScreen(output)
  const head = () => [...greeting(parts, columnsOf(output)), 'Ctrl-C ends it and leaves nothing behind.']
  try {
    while (!signal.aborted) {
      if (server.exitCode() !== undefined)
        throw new ServerError(`the metrics server exited with ${server.exitCode()}:\n${server.log()}`)
      screen.show(page(screen.rows === undefined ? [] : head(), await client.usage(), screen.rows))
      await sleep(screen.rows === undefined ? demo.resolutionMs : REDRAW_MS, undefined, { signal })
    }
  } finally {
    screen.close()
  }
}
