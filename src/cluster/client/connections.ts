import tls, { TLSSocket } from 'node:tls'
import { buildConnector, Pool } from 'undici'
import type { Clock } from '../../model/clock.ts'
import { authoritiesOf } from '../../tls/ca-bundle.ts'
import { serverCertificateFault } from '../../tls/peer-certificates.ts'
import type { ApiserverCredentials } from '../credentials/apiserver-credentials.ts'
import { createTunnels } from './tunnels.ts'

/** The certificate of the apiserver is not accepted. Nothing was sent to it. */
export class ApiserverCertificateError extends Error {
  override readonly name = 'ApiserverCertificateError'
  /** Node's code of the verification, or of the name's. */
  readonly code: string

  constructor(code: string, reason: string) {
    super(`its certificate is not accepted: ${reason} (${code})`)
    this.code = code
  }
}

const REASONS = new Map([
  ['CERT_HAS_EXPIRED', 'it, or one that vouches for it, has expired'],
  ['CERT_NOT_YET_VALID', 'it, or one that vouches for it, is not valid yet'],
  ['INVALID_PURPOSE', 'it is not for servers'],
])
const NOT_TRUSTED = 'no CA of the kubeconfig (or of the service account) vouches for it'

/**
 * Connects to the apiserver and verifies its certificate before the connection is used, so that no other server gets a
 * token. Sessions are not resumed, because a resumed one no longer shows the intermediate certificates.
 */
export function createApiserverConnector(
  credentials: Pick<ApiserverCredentials, 'server' | 'tls'>,
  clock: Pick<Clock, 'wallMs'>,
  timeoutMs: number,
): buildConnector.connector {
  const { ca, cert, key, servername, insecure } = credentials.tls
  const roots = authoritiesOf(ca)
  const name = servername ?? credentials.server.hostname.replace(/^\[(.*)\]$/, '$1')
  const connect = buildConnector({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
    ...(servername !== undefined && { servername }),
    // Verified below: OpenSSL alone is too strict, and does not check the name where it finds another fault.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    maxCachedSessions: 0,
    timeout: timeoutMs,
    allowH2: false,
  })

  function faultOf(socket: TLSSocket): Error | undefined {
    const fault = serverCertificateFault(socket, roots, clock.wallMs())
    if (fault === undefined) return tls.checkServerIdentity(name, socket.getPeerCertificate(true))
    return new ApiserverCertificateError(fault.code, fault.reason ?? REASONS.get(fault.code) ?? NOT_TRUSTED)
  }

  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result
      const fault = socket instanceof TLSSocket && !insecure ? faultOf(socket) : undefined
      if (fault === undefined) {
        callback(...result)
        return
      }
      socket?.destroy()
      callback(fault, null)
    })
}

/** Enough for lists, or for reviews: each has a client, and so connections, of its own. */
const REQUEST_CONNECTIONS = 8
const WATCH_CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 10_000
/** Below the 90 s after which kube-apiserver closes an idle connection. */
const IDLE_MS = 60_000
/** A peer that vanished silently is noticed after 15 s + 4 × 15 s; the kernel's default takes two hours. */
const PROBE_MS = 15_000
const PROBES = 4

/** Connections for requests and for watches, apart: a watch holds its connection and must not starve a request. */
export interface Connections {
  pool(kind: 'request' | 'watch'): Pool
  /**
   * New connections are made to the server, and with the certificates, that the credentials name now. Those in use end
   * with the request that they carry, a watch within ten minutes; when the server is another one, its watches are
   * broken off.
   */
  renew(): void
  /** To be called when a connection of this pool gave no answer: new requests go to a new pool. */
  leave(pool: Pool): void
  /** Breaks off everything under way. */
  close(): Promise<void>
}

interface Connector {
  readonly connect: buildConnector.connector
  close(): Promise<void>
}

function connectorOf(credentials: ApiserverCredentials, clock: Pick<Clock, 'wallMs'>): Connector {
  const { tls, server, proxy } = credentials
  const build = createApiserverConnector(credentials, clock, CONNECT_TIMEOUT_MS)
  /** Every connection, through a proxy or not, passes here before a byte of a request is sent on it. */
  const connect: buildConnector.connector = (options, callback) =>
    build(options, (...result) => {
      result[1]?.setKeepAlive(true, PROBE_MS, PROBE_MS, PROBES)
      callback(...result)
    })
  if (proxy === undefined) return { connect, close: () => Promise.resolve() }

  const tunnels = createTunnels(proxy, tls.ca, CONNECT_TIMEOUT_MS)
  const port = Number(server.port || (server.protocol === 'https:' ? 443 : 80))
  return {
    connect: (options, callback) =>
      void tunnels.open(server.hostname, port).then(
        (socket) => {
          socket.setKeepAlive(true, PROBE_MS, PROBE_MS, PROBES)
          if (options.protocol === 'https:') connect({ ...options, httpSocket: socket }, callback)
          else callback(null, socket)
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      ),
    close: () => tunnels.close(),
  }
}

// HTTP/1.1: three watches and a few requests share a handful of connections, and a broken one takes one request with it.
const newPool = (origin: string, connect: buildConnector.connector, connections: number): Pool =>
  new Pool(origin, {
    connect,
    connections,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // The callers have deadlines: a watch may be silent for a minute, and a request has one limit for all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

/** Connections to the apiserver, made when first needed and kept alive. */
export function createConnections(credentials: ApiserverCredentials, clock: Pick<Clock, 'wallMs'>): Connections {
  const open = () => {
    const connector = connectorOf(credentials, clock)
    const { origin } = credentials.server
    return {
      origin,
      connector,
      request: newPool(origin, connector.connect, REQUEST_CONNECTIONS),
      watch: newPool(origin, connector.connect, WATCH_CONNECTIONS),
    }
  }
  let current = open()
  const all = new Set<Pool>()
  const connectors = new Set<Connector>()
  const keep = (): void => {
    all.add(current.request).add(current.watch)
    connectors.add(current.connector)
  }
  keep()
  const end = (pool: Pool, how: 'close' | 'destroy'): Promise<void> => pool[how]().finally(() => all.delete(pool))
  return {
    pool: (kind) => current[kind],
    renew() {
      const { origin, request, watch, connector } = current
      current = open()
      keep()
      const ended = [end(request, 'close'), end(watch, origin === current.origin ? 'close' : 'destroy')]
      void Promise.all(ended)
        .then(() => connector.close())
        .finally(() => connectors.delete(connector))
    },
    leave(pool) {
      const kind = pool === current.request ? 'request' : pool === current.watch ? 'watch' : undefined
      if (kind === undefined) return
      const connections = kind === 'request' ? REQUEST_CONNECTIONS : WATCH_CONNECTIONS
      current = { ...current, [kind]: newPool(current.origin, current.connector.connect, connections) }
      keep()
      void end(pool, 'close')
    },
    async close() {
      await Promise.all([...all].map((pool) => pool.destroy()))
      await Promise.all([...connectors].map((connector) => connector.close()))
    },
  }
}
