import type { X509Certificate } from 'node:crypto'
import net, { isIP } from 'node:net'
import tls from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import { authoritiesOf } from '../../tls/ca-bundle.ts'
import type { Certificate } from '../../tls/certificate.ts'
import { serverCertificateFault } from '../../tls/server-certificate.ts'
import { certificateFault } from './certificate.ts'
import { ConnectTimeoutError, ConnectError } from './errors.ts'
import type { ResponseHeads } from './response-head.ts'

export interface KubeletTls {
  /** Accept any certificate, as `--kubelet-insecure-tls` asks. */
  readonly insecure: boolean
  /** PEM of the authorities; `undefined`: those that Node.js trusts. The cluster's own CA is the caller's to give. */
  readonly ca: string | undefined
  /** PEM of a client certificate and its key. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

export interface TlsSettings {
  readonly insecure: boolean
  /** One for all nodes: it saves about 25 KB and a sixth of the handshake for each of them. */
  readonly context: tls.SecureContext
  /** The authorities that the context trusts; `undefined`: those that Node.js trusts. */
  readonly roots: readonly Certificate[] | undefined
  /** Whether it is a certificate that this server itself serves with. */
  isOwn(certificate: X509Certificate): boolean
}

/**
 * Follows client-go's transport (k8s.io/client-go, transport/transport.go TLSConfigFor): TLS 1.2 at least, and any
 * certificate in the CA file is a root, also one that is not self-signed.
 * @throws Error when the PEM texts are none or do not belong together.
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
  /** Reads the heads of answers; left out where nothing is asked. */
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
    // As Go does, no server name is sent when an IP is dialled.
    ...(isIP(host) === 0 && { servername: host }),
    // Names are checked in certificateFault: here the certificate of a refused peer could not be described.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  }
  return tls.connect(options)
}

/** What is wrong with the peer's certificate; `undefined` when it is proven to be the kubelet's, or nobody wants proof. */
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
  const socket = reads.open((reading) => open(target, reading), heads && ((piece) => heads.take(piece)))
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

/** The socket brought bytes while nobody took any. */
export class UnreadBytesError extends Error {
  override readonly name = 'UnreadBytesError'
}

/** As much as one read of the socket gives at most; a TLS record has 16 KiB. */
const BUFFER_BYTES = 64 * 1024

/**
 * Lets all sockets read into one buffer. A socket of Node.js makes a buffer of 16 to 64 KiB for each piece that comes in;
 * that memory lies outside the heap, and the collector answers it with full collections, more of them than all else needs.
 */
export interface SharedReadBuffer {
  /**
   * Connects with the options that `connect` is given, and gives its socket. What `take` makes of each piece is read in
   * its place, `null` for nothing; what it throws ends the socket.
   */
  open(
    connect: (options: { readonly onread: net.OnReadOpts }) => net.Socket,
    take?: (piece: Buffer) => Buffer | null,
  ): net.Socket
}

/**
 * The socket's reader must take each piece while 'readable' is emitted, by `read()`, and be done with it before it
 * returns, as undici's parser is: it copies what it reads. A piece that is not taken ends the socket.
 */
export function createSharedReadBuffer(): SharedReadBuffer {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  return {
    open(connect, take = (whole) => whole) {
      let piece: Buffer | null = null
      const callback = (bytes: number): boolean => {
        piece = buffer.subarray(0, bytes)
        socket.emit('readable')
        if (piece !== null || socket.readableLength > 0)
          socket.destroy(new UnreadBytesError('bytes came in while nobody was to read any'))
        piece = null
        return true
      }
      const socket = connect({ onread: { buffer, callback } })
      const read = socket.read.bind(socket)
      socket.read = (size?: number) => {
        // A size is asked for by the stream itself, which has to learn of the connection's end.
        if (piece === null || size !== undefined) return read(size)
        const taken = piece
        piece = null
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
