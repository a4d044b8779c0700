import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock, Timer } from '../../model/clock.ts'
import type { FaultLog } from '../../model/log.ts'
import { readShownCertificates, ShownCertificatesError } from '../../tls/peer-certificates.ts'
import type { HttpsServer } from './https-server.ts'

export interface HandshakeGuardOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly faults: FaultLog
  /** How long a connection may wait for others of its address, milliseconds. */
  readonly handshakeTimeoutMs: number
}

/** What may be in handshakes at once for one address, and so what its clients can cost between two turns for others. */
const MAX_UNFINISHED = 4
const MAX_WAITING = 256
/** A handshake inside a cluster takes milliseconds; one to another continent less than this. */
const SLOW_MS = 1000
/** A ClientHello takes up to 2 kB; who has sent more has shown certificates. */
const HELLO_BYTES = 4096
const FIRST_PENALTY_MS = 10_000
const LONGEST_PENALTY_MS = 600_000
/** Addresses that are remembered, those that offended longest ago going first. */
const MAX_OFFENDERS = 1024

/** The connections of one address that are not yet TLS. */
interface Address {
  readonly name: string
  readonly unfinished: Map<Socket, Timer>
  readonly waiting: Map<Socket, Timer>
}

interface Offender {
  readonly untilMs: number
  readonly penaltyMs: number
}

/** A TLS socket and the TCP socket below it have this in common. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** One name for an IPv4 address, over either kind of socket. */
const addressOfPeer = ({ remoteAddress = '' }: Socket): string => remoteAddress.replace(/^::ffff:(?=\d)/, '')

/** Addresses that must not be asked for a certificate, because verifying what their clients show costs too much. */
function createOffenders({ clock, faults }: HandshakeGuardOptions) {
  const known = new Map<string, Offender>()
  const isOffender = (address: string): boolean => clock.monotonicMs() < (known.get(address)?.untilMs ?? 0)
  return {
    isOffender,
    add(address: string, reason: string): void {
      const before = known.get(address)
      const nowMs = clock.monotonicMs()
      const again = before !== undefined && nowMs < before.untilMs + LONGEST_PENALTY_MS
      const penaltyMs = again ? Math.min(2 * before.penaltyMs, LONGEST_PENALTY_MS) : FIRST_PENALTY_MS
      known.delete(address)
      known.set(address, { untilMs: nowMs + penaltyMs, penaltyMs })
      const [oldest] = known.keys()
      if (known.size > MAX_OFFENDERS && oldest !== undefined) known.delete(oldest)
      const what =
        'A client showed certificates that cost too much to verify; its address is asked for none for a while'
      faults.report('client certificates in handshakes', what, { err: reason, address, seconds: penaltyMs / 1000 })
    },
  }
}

/**
 * Bounds what the certificates of strangers cost. OpenSSL verifies whatever a client shows within the handshake, on the
 * event loop's thread, before anybody can look at it, and Node has no means to stop it: 0.3 s for 100 kB of keys with long
 * exponents. What can be had is that nobody does it twice, nor many times at once: keys beyond Go's bounds (CVE-2023-29409)
 * end the connection, and the address is not asked for certificates for ten seconds, twice as long each time it is met
 * again. Its clients may still have tokens, and probes get their answers.
 */
export function guardHandshakes(server: HttpsServer, options: HandshakeGuardOptions): void {
  const { clock, handshakeTimeoutMs } = options
  const offenders = createOffenders(options)
  const addresses = new Map<string, Address>()
  const unfinished = new Map<string, Socket>()
  const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean

  const addressOf = (name: string): Address => {
    const known = addresses.get(name) ?? { name, unfinished: new Map(), waiting: new Map() }
    addresses.set(name, known)
    return known
  }

  function accept(socket: Socket, requestCert: boolean): void {
    // Node reads it for each connection that is made TLS.
    Object.assign(server, { requestCert })
    emit('connection', socket)
  }

  function begin(socket: Socket, address: Address): void {
    if (!server.listening || offenders.isOffender(address.name)) {
      if (server.listening) accept(socket, false)
      else socket.destroy()
      return
    }
    address.unfinished.set(
      socket,
      clock.after(SLOW_MS, () => lookAt(socket, address)),
    )
    unfinished.set(peerOf(socket), socket)
    socket.once('close', () => {
      if (!address.unfinished.has(socket)) return
      finish(socket, address, socket.bytesRead > HELLO_BYTES ? 'it was shown and the handshake broken off' : undefined)
    })
    accept(socket, true)
  }

  /** @param reason why the address is not to be asked for certificates. */
  function finish(socket: Socket, address: Address, reason: string | undefined): void {
    address.unfinished.get(socket)?.cancel()
    address.unfinished.delete(socket)
    unfinished.delete(peerOf(socket))
    if (reason !== undefined) {
      offenders.add(address.name, reason)
      // They have been asked already.
      for (const other of address.unfinished.keys()) other.destroy()
    }
    for (const [next, timer] of address.waiting) {
      if (address.unfinished.size >= MAX_UNFINISHED) break
      timer.cancel()
      address.waiting.delete(next)
      begin(next, address)
    }
    if (address.unfinished.size === 0 && address.waiting.size === 0) addresses.delete(address.name)
  }

  function lookAt(socket: Socket, address: Address): void {
    const isCostly = socket.bytesRead > HELLO_BYTES
    if (isCostly || address.waiting.size > 0) {
      finish(socket, address, isCostly ? 'it was shown and the handshake not finished' : undefined)
      socket.destroy()
      return
    }
    address.unfinished.set(
      socket,
      clock.after(SLOW_MS, () => lookAt(socket, address)),
    )
  }

  function wait(socket: Socket, { waiting }: Address): void {
    if (waiting.size >= MAX_WAITING) {
      socket.destroy()
      return
    }
    waiting.set(
      socket,
      clock.after(handshakeTimeoutMs, () => socket.destroy()),
    )
    socket.once('close', () => {
      waiting.get(socket)?.cancel()
      waiting.delete(socket)
    })
  }

  /** The handshake of a connection is over, well or badly. */
  function judge(connection: TLSSocket): void {
    const socket = unfinished.get(peerOf(connection))
    if (socket === undefined) return
    let reason: string | undefined
    try {
      readShownCertificates(connection)
    } catch (error) {
      if (error instanceof ShownCertificatesError) reason = error.message
      connection.destroy()
    }
    finish(socket, addressOf(addressOfPeer(socket)), reason)
  }

  server.emit = ((event: string, ...args: unknown[]): boolean => {
    const [socket] = args
    // Nobody hears of a connection before its handshake may begin.
    if (event !== 'connection' || !(socket instanceof Socket)) return emit(event, ...args)
    const name = addressOfPeer(socket)
    const isFree = (addresses.get(name)?.unfinished.size ?? 0) < MAX_UNFINISHED || offenders.isOffender(name)
    if (isFree) begin(socket, addressOf(name))
    else wait(socket, addressOf(name))
    return true
  }) as typeof server.emit
  server.prependListener('secureConnection', judge)
  server.prependListener('tlsClientError', (_error: Error, connection: TLSSocket) => judge(connection))
}
