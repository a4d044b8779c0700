import type { Duplex } from 'node:stream'
import type { Clock } from '../../model/clock.ts'
import type { Logger } from '../../model/log.ts'
import type { Connections } from './connections.ts'

const ANSWERS = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Request Entity Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])

/**
 * Until a refused connection is gone. The end of one with bytes that nobody has read is a reset, which can overtake the
 * answer (net/http, rstAvoidanceDelay).
 */
const LINGER_MS = 500

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

/**
 * Answers what is no request, in the Go server's words, and closes the connection. A failed handshake gets no answer, nor
 * does what follows a request that has none yet: its client would take the one for the other.
 */
export function createClientErrorHandler(
  log: Logger,
  clock: Pick<Clock, 'after'>,
  { isAnswering }: Pick<Connections, 'isAnswering'>,
) {
  const refused = new WeakSet<Duplex>()
  return (error: Error, socket: Duplex): void => {
    // What it goes on to send is no request either.
    if (refused.has(socket)) return
    const code = codeOf(error)
    log.verbose(4, 'Received no valid HTTP request on a connection', { err: code })
    const isHttp = code.startsWith('HPE_') || ANSWERS.has(code)
    if (!isHttp || !socket.writable) {
      socket.destroy()
      return
    }
    refused.add(socket)
    const status = ANSWERS.get(code) ?? '400 Bad Request'
    const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n`
    if (isAnswering(socket)) socket.end()
    else socket.end(head + status)
    clock.after(LINGER_MS, () => socket.destroy())
  }
}
