import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster } from '../cluster.ts'
import { freePort, OWN_SERVER, ServerError, type ServerProcess, startServer } from '../server-process.ts'
import { lasts } from '../world/truth.ts'
import { keyOf } from '../world/world.ts'
import { type DemoArguments, serverFlags } from './arguments.ts'
import { page } from './page.ts'
import { type Output, openScreen } from './screen.ts'
import { createTopClient, type TopClient } from './top-client.ts'

const LISTEN_MS = 20_000
const CHANGE_MS = 20_000
const REDRAW_MS = 1000

/**
 * Runs the demo until its work is done or `signal` is aborted, and cleans up. Rejects, with the end of the server's log,
 * when the server does not come to serve every node and every lasting pod.
 */
export async function runDemo(demo: DemoArguments, output: Output, signal: AbortSignal): Promise<void> {
  const { nodes, pods, once } = demo
  const cluster = await startCluster({ nodes, podsPerNode: pods, ...(!once && { changeEveryMs: CHANGE_MS }) })
  const port = await freePort()
  const flags = serverFlags(cluster.files, port, demo.resolutionMs)
  const server = startServer(demo.server ?? OWN_SERVER, flags, port)
  const client = createTopClient(cluster)
  try {
    await server.listening(LISTEN_MS)
    await cluster.registerMetricsServer({ port })
    if (!once) output.write(`${greeting(cluster).join('\n')}\n\n`)
    await complete(cluster, client, server, 3 * demo.resolutionMs + LISTEN_MS, signal)
    if (once)
      output.write(
        `${page([], await client.ask(), undefined)
          .slice(1)
          .join('\n')}\n`,
      )
    else await watch(demo, cluster, client, server, output, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    client.close()
    await server.stop()
    await cluster.stop()
  }
}

function greeting(cluster: Cluster): string[] {
  const { size } = cluster.world.nodes
  return [
    `A simulated cluster of ${size} node${size === 1 ? '' : 's'}. In another terminal, as long as this runs:`,
    `  export KUBECONFIG=${cluster.files.admin}`,
    '  kubectl top nodes; kubectl top pods -A',
  ]
}

/** Waits until metrics of all nodes and of all pods that last are served. */
async function complete(
  cluster: Cluster,
  client: TopClient,
  server: ServerProcess,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + limitMs
  let last = 'nothing was asked'
  while (performance.now() < until) {
    if (server.exitCode() !== undefined)
      throw new ServerError(`the metrics server exited with ${server.exitCode()}:\n${server.log()}`)
    try {
      const { nodes, pods } = await client.ask()
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

async function watch(
  demo: DemoArguments,
  cluster: Cluster,
  client: TopClient,
  server: ServerProcess,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const screen = openScreen(output)
  const head = [...greeting(cluster), 'Ctrl-C ends it and leaves nothing behind.']
  try {
    while (!signal.aborted) {
      if (server.exitCode() !== undefined)
        throw new ServerError(`the metrics server exited with ${server.exitCode()}:\n${server.log()}`)
      screen.show(page(screen.rows === undefined ? [] : head, await client.ask(), screen.rows))
      await sleep(screen.rows === undefined ? demo.resolutionMs : REDRAW_MS, undefined, { signal })
    }
  } finally {
    screen.close()
  }
}
