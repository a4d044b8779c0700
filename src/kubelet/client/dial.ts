import net, { isIP } from 'node:net'
import tls from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import { serverCertificateFault } from '../../tls/server-certificate.ts'
import type { AnswerHeads } from './answer-head.ts'
import { certificateFault } from './identity.ts'
import type { SharedRead } from './shared-read.ts'
import type { TlsSettings } from './tls-settings.ts'

/** No connection came about. `stage` says how far it got: what fails over TCP may work at another address. */
export class DialError extends Error {
  override readonly name = 'DialError'
  readonly stage: 'tcp' | 'tls'

  constructor(stage: 'tcp' | 'tls', cause: unknown) {
    super(stage === 'tcp' ? 'cannot connect' : 'TLS failed', { cause })
    this.stage = stage
  }
}

/** The time that one of several addresses may take to connect is used up. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
}

export interface Target {
  readonly host: string
  readonly port: number
  readonly nodeName: string
  /** `undefined`: plain HTTP. */
  readonly tls: TlsSettings | undefined
}

export interface DialOptions {
  readonly clock: Clock
  readonly reads: SharedRead
  /** Reads the heads of answers; left out where nothing is asked. */
  readonly heads?: AnswerHeads
  /** Bounds name resolution and TCP only. */
  readonly tcpBudgetMs: number | undefined
}

export type Dialled = (error: DialError | null, socket: net.Socket | null) => void

/** A connection that is being made. */
export interface Dialling {
  /** How far it is. */
  readonly stage: DialError['stage']
  /** Ends it with a {@link DialError} of this cause, when it is not made or ended yet. */
  giveUp(cause: Error): void
}

function open({ host, port, tls: settings }: Target, { onread }: { onread: net.OnReadOpts }): net.Socket {
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
  { host, nodeName, tls: settings }: Target,
  wallMs: number,
): Error | undefined {
  if (settings === undefined) return undefined
  const { insecure, isOwn, roots } = settings
  const unverified = insecure ? undefined : serverCertificateFault(socket, roots, wallMs)
  return certificateFault(socket.getPeerX509Certificate(), { host, nodeName, unverified, insecure, isOwn })
}

const ignore = (): void => {}

/** Connects, and calls back once: with a socket over which a credential may be sent, or with a {@link DialError}. */
export function dial(target: Target, { clock, reads, heads, tcpBudgetMs }: DialOptions, done: Dialled): Dialling {
  const socket = reads.open((reading) => open(target, reading), heads && ((piece) => heads.take(piece)))
  let stage: DialError['stage'] = 'tcp'
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
    done(new DialError(stage, error), null)
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
