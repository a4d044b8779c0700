import type { Cluster } from '../../sim/cluster.ts'
import { fetchText } from './asker.ts'

const COUNT = /^nodejs_eventloop_delay_seconds_count (\d+)$/m
const WITHIN_50_MS = /^nodejs_eventloop_delay_seconds_bucket\{le="0\.05"\} (\d+)$/m

/** How many turns of the server's event loop there were so far, and how many of them took more than 50 ms. */
export interface Turns {
  readonly all: number
  readonly long: number
}

/** Reads the server's /metrics. Not numbers where its runtime does not measure turns. */
export async function readTurns(cluster: Cluster, port: number): Promise<Turns> {
  const { certPem: cert, keyPem: key } = cluster.authorities.admin
  const options = { host: '127.0.0.1', port, path: '/metrics', agent: false, rejectUnauthorized: false, cert, key }
  const { text } = await fetchText(options)
  const all = Number(COUNT.exec(text)?.[1])
  return { all, long: all - Number(WITHIN_50_MS.exec(text)?.[1]) }
}
