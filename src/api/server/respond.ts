import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../model/clock.ts'
import type { Answer } from '../answer.ts'
import { BATCH_BYTES, batchesOf } from './batches.ts'
import { ClientGoneError, cutOff, isGone, isHttp2 } from './client-gone.ts'
import { sendBatches } from './send-batches.ts'

/** What of a request and its connection has a say in how its answer is sent. */
export interface Circumstances {
  readonly auditId: string
  readonly acceptEncoding: string | undefined
  /** Asked with HEAD: the body is only told of. */
  readonly headOnly: boolean
  /** The connection is closed after this answer. */
  readonly lastOfConnection: boolean
  /**
   * Called once the answer begins to go out; until then another may take its place. What it gives is called with the
   * bytes of the body, before compression, once all are handed on.
   */
  begins(): ((bytes: number) => void) | undefined
}

/**
 * Whether a client takes gzip. As apiserver's negotiateContentEncoding has it, only the bare word counts: `gzip;q=1` and
 * `*` do not.
 */
export const takesGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding?.split(',').some((token) => token.trim() === 'gzip') ?? false

export interface ResponderOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How long the sending of an answer may take, milliseconds; a client that is slower is cut off, as by the Go server. */
  readonly requestTimeoutMs: number
}

/** So many buffers of memory for batches are kept for the next answers. */
const SPARE = 4
const WITHOUT_LENGTH: ReadonlySet<number> = new Set([204, 304])

function headersOf(answer: Answer, { auditId, lastOfConnection }: Circumstances): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'audit-id': auditId, 'cache-control': 'no-cache, private' }
  if (answer.contentType !== undefined) headers['content-type'] = answer.contentType
  if (answer.headers !== undefined) Object.assign(headers, answer.headers)
  if (lastOfConnection) headers.connection = 'close'
  return headers
}

function varyByEncoding(headers: OutgoingHttpHeaders): void {
  headers.vary = headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`
  headers['content-encoding'] = 'gzip'
}

/**
 * Over HTTP/2 the end of a body that is made while it is sent comes after its last byte, and a client that counts bytes
 * has left by then: it is not told how many there are. The Go server tells none beyond 2 kB.
 */
const tellsLength = (response: ServerResponse, { headOnly }: Circumstances): boolean => headOnly || !isHttp2(response)

function sendAtOnce(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
  if (!WITHOUT_LENGTH.has(status)) headers['content-length'] = body.length
  response.writeHead(status, headers)
  response.end(body)
}

/**
 * Sends answers with the headers that every answer carries, and gives the bytes of the body that it has handed on: small
 * ones are not read by then. It rejects with ClientGoneError, or with what went wrong while
 * a body was made. Big ones go in batches, compressed off the event loop's
 * thread for clients that take that (apiserver, responsewriters/writers.go), and others at once.
 */
export function createResponder({ clock, requestTimeoutMs }: ResponderOptions) {
  const spare: Buffer[] = []
  const inTime = (response: ServerResponse, sending: Promise<void>): Promise<void> => {
    const timer = clock.after(requestTimeoutMs, () => cutOff(response))
    return sending.finally(() => timer.cancel())
  }

  return async (response: ServerResponse, answer: Answer, circumstances: Circumstances): Promise<number> => {
    if (isGone(response)) throw new ClientGoneError()
    const { status, body } = answer
    const headers = headersOf(answer, circumstances)
    if (Buffer.isBuffer(body) && body.length < BATCH_BYTES) {
      const sent = circumstances.begins()
      sendAtOnce(response, status, headers, body)
      sent?.(body.length)
      return body.length
    }
    const { bytes, pieces } = Buffer.isBuffer(body) ? { bytes: body.length, pieces: [body] } : body
    const memory = spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES)
    const batches = batchesOf(pieces, memory)
    const first = batches.next()
    const sent = circumstances.begins()
    let made = first.value?.length ?? 0
    if (first.done || first.value.length < BATCH_BYTES) {
      sendAtOnce(response, status, headers, Buffer.from(first.value ?? []))
    } else {
      const gzip = headers['content-encoding'] === undefined && takesGzip(circumstances.acceptEncoding)
      if (gzip) varyByEncoding(headers)
      else if (bytes !== undefined && tellsLength(response, circumstances)) headers['content-length'] = bytes
      response.writeHead(status, headers)
      if (isHttp2(response)) response.flushHeaders()
      const all = counted(withFirst(first.value, batches), (total) => {
        made = total
      })
      // Over HTTP/2 the stream has ended with such a head: what was written to it would wait for ever.
      if (circumstances.headOnly) response.end()
      else await inTime(response, sendBatches(response, all, gzip))
    }
    sent?.(made)
    // Not after a failure: somebody may still be reading it.
    if (spare.length < SPARE) spare.push(memory)
    return made
  }
}

function* withFirst(first: Buffer, others: Iterable<Buffer>): Generator<Buffer> {
  yield first
  yield* others
}

function* counted(batches: Iterable<Buffer>, tell: (bytes: number) => void): Generator<Buffer> {
  let bytes = 0
  for (const batch of batches) {
    bytes += batch.length
    yield batch
  }
  tell(bytes)
}
