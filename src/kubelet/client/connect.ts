import type { X509Certificate } from 'node:crypto'
import net, { isIP } from 'node:net'
import tls from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import { authoritiesOf } from '../../tls/ca-bundle.ts'
import type { Certificate } from '../../tls/certificate.ts'
import { serverCertificateFault } from '../../tls/peer-certificates.ts'
import { certificateFault } from './certificate.ts'
import { ConnectTimeoutError, ConnectError } from './errors.ts'
import type { ResponseHeads } from './response-head.ts'

export interface KubeletTls {
  /** Accept any certificate (`--kubelet-insecure-tls`). */
  readonly insecure: boolean
  /** PEM of the authorities; `undefined`: those that Node.js trusts. The caller passes the cluster's own CA. */
  readonly ca: string | undefined
  /** PEM of a client certificate and its key. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

export interface TlsSettings {
  readonly insecure: boolean
  /** One for all nodes, which saves about 25 KB and a sixth of the handshake for each node. */
  readonly context: tls.SecureContext
  /** The authorities that the context trusts; `undefined`: those that Node.js trusts. */
  readonly roots: readonly Certificate[] | undefined
  /** Whether it is a certificate that this server itself serves with. */
  isOwn(certificate: X509Certificate): boolean
}

/**
 * Follows client-go's transport (k8s.io/client-go, transport/transport.go TLSConfigFor): TLS 1.2 at least, and any
 * certificate in the CA file is a root, also one that is not self-signed.
 * @throws Error when the PEM texts cannot be parsed or do not belong together.
 */
export function createTlsSettings(
  { insecure, ca, cert, key }: KubeletTls,
  isOwn: TlsSettings['isOwn'] = () => false,
): TlsSettings {
  const context = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    allowPartialTrustChain: true,
    ...(ca !== undefined && !insecure && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  })
  return { insecure, context, roots: insecure ? undefined : authoritiesOf(ca), isOwn }
}

export interface ConnectTarget {
  readonly host: string
  readonly port: number
  readonly nodeName: string
  /** `undefined`: plain HTTP. */
  readonly tls: TlsSettings | undefined
}

interface ConnectOptions {
  readonly clock: Clock
  readonly reads: SharedReadBuffer
  /** Reads the heads of responses; left out where no request is sent. */
  readonly heads?: ResponseHeads
  /** Bounds name resolution and TCP only. */
  readonly tcpBudgetMs: number | undefined
}

type ConnectCallback = (error: ConnectError | null, socket: net.Socket | null) => void

/** A connection that is being made. */
export interface PendingConnection {
  /** How far it is. */
  readonly stage: ConnectError['stage']
  /** Ends it with a {@link ConnectError} of this cause, when it is not made or ended yet. */
  giveUp(cause: Error): void
}

function open({ host, port, tls: settings }: ConnectTarget, { onread }: { onread: net.OnReadOpts }): net.Socket {
  if (settings === undefined) return net.connect({ host, port, onread })
  const options: tls.ConnectionOptions & { onread: net.OnReadOpts } = {
    onread,
    host,
    port,
    secureContext: settings.context,
    ALPNProtocols: ['http/1.1'],
    // As in Go, no server name is sent to an IP address.
    ...(isIP(host) === 0 && { servername: host }),
    // certificateFault checks names: a refusal here could not describe the certificate.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  }
  return tls.connect(options)
}

/** What is wrong with the peer's certificate; `undefined` when it is proven to be the kubelet's, or any is accepted. */
function faultOfPeer(
  socket: tls.TLSSocket,
  { host, nodeName, tls: settings }: ConnectTarget,
  wallMs: number,
): Error | undefined {
  if (settings === undefined) return undefined
  const { insecure, isOwn, roots } = settings
  const unverified = insecure ? undefined : serverCertificateFault(socket, roots, wallMs)
  return certificateFault(socket.getPeerX509Certificate(), { host, nodeName, unverified, insecure, isOwn })
}

const ignore = (): void => {}

/** Connects, and calls back once: with a socket over which a credential may be sent, or with a {@link ConnectError}. */
export function connect(
  target: ConnectTarget,
  { clock, reads, heads, tcpBudgetMs }: ConnectOptions,
  done: ConnectCallback,
): PendingConnection {
  const socket = reads.open((reading) => open(target, reading), heads && ((chunk) => heads.take(chunk)))
  let stage: ConnectError['stage'] = 'tcp'
  const timer =
    tcpBudgetMs === undefined
      ? undefined
      : clock.after(tcpBudgetMs, () => socket.destroy(new ConnectTimeoutError('connecting took too long')))
  const finish = (error: Error | undefined): void => {
    timer?.cancel()
    socket.off('error', finish).off('close', onClose).on('error', ignore)
    if (error === undefined) {
      done(null, socket)
      return
    }
    socket.destroy()
    done(new ConnectError(stage, error), null)
  }
  const onClose = (): void => finish(new Error('the connection was closed'))
  socket.on('error', finish).on('close', onClose)
  socket.once('connect', () => {
    stage = 'tls'
    timer?.cancel()
    if (!(socket instanceof tls.TLSSocket)) finish(undefined)
  })
  if (socket instanceof tls.TLSSocket) {
    socket.once('secureConnect', () => finish(faultOfPeer(socket, target, clock.wallMs())))
  }
  socket.setNoDelay(true)
  return {
    get stage() {
      return stage
    },
    giveUp: (cause) => void socket.destroy(cause),
  }
}

/** Bytes arrived that no reader took. */
export class UnreadBytesError extends Error {
  override readonly name = 'UnreadBytesError'
}

/** The most that one read of a socket returns; a TLS record has 16 KiB. */
const BUFFER_BYTES = 64 * 1024

/**
 * One buffer that all sockets read into. By default a socket allocates 16 to 64 KiB outside the heap for each chunk, and
 * that memory causes more full collections than everything else together.
 */
export interface SharedReadBuffer {
  /**
   * Returns the socket that `connect` makes with the given options. The reader gets what `take` returns for each chunk
   * (`null`: nothing); an error that `take` throws destroys the socket.
   */
  open(
    connect: (options: { readonly onread: net.OnReadOpts }) => net.Socket,
    take?: (chunk: Buffer) => Buffer | null,
  ): net.Socket
}

/**
 * The reader must call `read()` while 'readable' is emitted and copy what it needs before it returns, as undici's parser
 * does. A chunk that is not read destroys the socket.
 */
export function createSharedReadBuffer(): SharedReadBuffer {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  return {
    open(connect, take = (whole) => whole) {
      let chunk: Buffer | null = null
      const callback = (bytes: number): boolean => {
        chunk = buffer.subarray(0, bytes)
        socket.emit('readable')
        if (chunk !== null || socket.readableLength > 0)
          socket.destroy(new UnreadBytesError('bytes arrived while no request was waiting for any'))
        chunk = null
        return true
      }
      const socket = connect({ onread: { buffer, callback } })
      const read = socket.read.bind(socket)
      socket.read = (size?: number) => {
        // The stream itself reads with a size, to learn of the connection's end.
        if (chunk === null || size !== undefined) return read(size)
        const taken = chunk
        chunk = null
        try {
          return take(taken)
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error('not to be read', { cause: error }))
          return null
        }
      }
      return socket
    },
  }
}
