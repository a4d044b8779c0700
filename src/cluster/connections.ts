import { type buildConnector, Pool } from 'undici'
import type { Clock } from '../model/clock.ts'
import type { ClusterAccess } from './access.ts'
import { createApiserverConnector } from './apiserver-connector.ts'

const REQUEST_CONNECTIONS = 8
const WATCH_CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 10_000
/** Below the 90 s after which kube-apiserver closes an idle connection. */
const IDLE_MS = 60_000
/** A peer that vanished without a word is noticed after 15 s + 4 × 15 s, where the kernel's default takes two hours. */
const PROBE_MS = 15_000
const PROBES = 4

/** Where requests and watches go. Apart, since a watch holds its connection and must not starve a review. */
export interface Connections {
  pool(kind: 'request' | 'watch'): Pool
  /**
   * New connections are made to the access's present server with its present certificates. Those in use end with what they
   * carry, a watch within ten minutes; when it is another server, watches of the one before are broken off.
   */
  renew(): void
  /** Breaks off everything under way. */
  close(): Promise<void>
}

function connectorOf(access: ClusterAccess, clock: Pick<Clock, 'wallMs'>): buildConnector.connector {
  const connect = createApiserverConnector(access, clock, CONNECT_TIMEOUT_MS)
  return (options, callback) =>
    connect(options, (...result) => {
      result[1]?.setKeepAlive(true, PROBE_MS, PROBE_MS, PROBES)
      callback(...result)
    })
}

// HTTP/1.1: three watches and a few reviews share a handful of connections, and a broken one takes one request with it.
const newPool = (access: ClusterAccess, clock: Pick<Clock, 'wallMs'>, connections: number): Pool =>
  new Pool(access.server.origin, {
    connect: connectorOf(access, clock),
    connections,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // Deadlines are ours: a watch may be silent for minutes, and a request has one limit for all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

/** Connections to the apiserver, made when first needed and kept alive. */
export function createConnections(access: ClusterAccess, clock: Pick<Clock, 'wallMs'>): Connections {
  const open = () => ({
    origin: access.server.origin,
    request: newPool(access, clock, REQUEST_CONNECTIONS),
    watch: newPool(access, clock, WATCH_CONNECTIONS),
  })
  let pools = open()
  const all = new Set<Pool>()
  const keep = (): void => void all.add(pools.request).add(pools.watch)
  keep()
  return {
    pool: (kind) => pools[kind],
    renew() {
      const { origin, request, watch } = pools
      pools = open()
      keep()
      void request.close().finally(() => all.delete(request))
      const ended = origin === pools.origin ? watch.close() : watch.destroy()
      void ended.finally(() => all.delete(watch))
    },
    async close() {
      await Promise.all([...all].map((pool) => pool.destroy()))
    },
  }
}
