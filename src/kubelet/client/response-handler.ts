import { createUnzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../model/clock.ts'
import type { Moment } from '../../model/sample.ts'
import { type RequestPhase, RefusedResponseError } from './errors.ts'

export interface KubeletResponse {
  readonly status: number
  /** Of an answer that is not 200, only the beginning. Not to be read after {@link KubeletResponse.release}. */
  readonly body: Buffer
  readonly askedAt: Moment
  /** From the request's last byte to the answer's first header, milliseconds. */
  readonly tookMs: number
  /** The kubelet's clock at that moment, milliseconds since the epoch, to within a second (from `Date`). */
  readonly nodeTimeMs: number | undefined
  /** Whether it was read to its end, so that the connection can be used again. */
  readonly whole: boolean
  /** Whether it said where it ends (Content-Length, chunks, gzip's own end), so that nothing of it can be missing. */
  readonly delimited: boolean
  /** The body is to be inflated before it can be read. */
  readonly compressed: boolean
  /** It has an Audit-Id, which Kubernetes API servers send and kubelets do not. */
  readonly fromApiServer: boolean
  /** Lets the body's buffer be used for another answer. */
  release(): void
}

interface ResponseHandlerOptions {
  readonly clock: Clock
  /** Learns that a request is sent. */
  readonly heads: { begin(): void }
  readonly bodies: BodyPool
  /** Bound of a body with status 200. */
  readonly maxBodyBytes: number
  /** What the body is expected to have, to begin with a buffer of that size. */
  readonly expectedBytes: number
  readonly settle: (outcome: { answer: KubeletResponse } | { error: Error }) => void
}

/** Of an answer that is no metrics, this much is read, for the message. */
const EXCERPT_BYTES = 4096

const NOTHING = Buffer.alloc(0)

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

function declaredLength(headers: Headers): number {
  const value = headers['content-length']
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 0
}

/** `x-gzip` is gzip (RFC 9110 8.4.1.3). Whatever else is listed, or several, cannot be undone here. */
function codingOf(headers: Headers): 'identity' | 'compressed' | 'unknown' {
  const codings = [headers['content-encoding'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim().toLowerCase())
    .filter((value) => value !== '' && value !== 'identity')
  if (codings.length === 0) return 'identity'
  return codings.length === 1 && /^(x-gzip|gzip|deflate)$/.test(codings[0] ?? '') ? 'compressed' : 'unknown'
}

function dateOf(headers: Headers): number | undefined {
  const value = headers.date
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) ? time : undefined
}

/** One request and its answer, as a handler of undici's `dispatch`: no stream, no object but the body. */
export class ResponseHandler implements Dispatcher.DispatchHandler {
  phase: RequestPhase = 'connecting'
  #status = 0
  #body: PooledBody
  #sentMs = 0
  #askedAt: Moment = { wallMs: 0, monotonicMs: 0 }
  #tookMs = 0
  #nodeTimeMs: number | undefined
  #compressed = false
  #delimited = false
  #fromApiServer = false
  readonly #options: ResponseHandlerOptions

  constructor(options: ResponseHandlerOptions) {
    this.#options = options
    this.#body = new PooledBody(options.bodies, options.maxBodyBytes)
  }

  get received(): number {
    return this.#body.length
  }

  onRequestStart(): void {
    this.phase = 'waiting for the answer'
    this.#options.heads.begin()
    this.#sentMs = this.#options.clock.monotonicMs()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.phase = 'reading the answer'
    this.#status = status
    this.#takeTimes(dateOf(headers))
    const length = declaredLength(headers)
    this.#fromApiServer = headers['audit-id'] !== undefined
    const coding = codingOf(headers)
    this.#compressed = coding !== 'identity'
    const transferCoding = headers['transfer-encoding']
    this.#delimited = headers['content-length'] !== undefined || transferCoding !== undefined
    if (status !== 200) {
      this.#body = new PooledBody(this.#options.bodies, EXCERPT_BYTES)
      return
    }
    if (coding === 'unknown' || (transferCoding !== undefined && !/^chunked$/i.test(String(transferCoding)))) {
      controller.abort(
        new RefusedResponseError('malformed', 'the answer is encoded, not asked for, and neither gzip nor deflate'),
      )
    } else if (length > this.#options.maxBodyBytes) this.#refuseLength(controller)
    else this.#body.reserve(length || this.#options.expectedBytes)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body.append(chunk)) return
    if (this.#status === 200) this.#refuseLength(controller)
    else {
      this.#finish(false)
      controller.abort(new Error('the rest is not of interest'))
    }
  }

  onResponseEnd(): void {
    this.#finish(true)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#options.settle({ error })
  }

  /**
   * Between the request's last byte and the answer's first header the kubelet reads its containers' counters: the
   * middle is off by at most half of that. Connecting before it and the body after it would only make it worse. The
   * wall clock may jump in between, so that it is read once and moved by the monotonic one. `Date` is written with the
   * header, and moved to the same moment.
   */
  #takeTimes(dateMs: number | undefined): void {
    const now = this.#options.clock.monotonicMs()
    this.#tookMs = now - this.#sentMs
    const half = this.#tookMs / 2
    this.#askedAt = { wallMs: this.#options.clock.wallMs() - half, monotonicMs: now - half }
    this.#nodeTimeMs = dateMs === undefined ? undefined : dateMs - half
  }

  #refuseLength(controller: Dispatcher.DispatchController): void {
    controller.abort(
      new RefusedResponseError('too-large', `the answer is longer than ${this.#options.maxBodyBytes} bytes`),
    )
  }

  #finish(whole: boolean): void {
    this.#options.settle({
      answer: {
        status: this.#status,
        // Of a compressed answer that is not 200 nothing can be quoted.
        body: this.#compressed && this.#status !== 200 ? NOTHING : this.#body.bytes,
        askedAt: this.#askedAt,
        tookMs: this.#tookMs,
        nodeTimeMs: this.#nodeTimeMs,
        whole,
        delimited: this.#delimited || this.#compressed,
        compressed: this.#compressed && this.#status === 200,
        fromApiServer: this.#fromApiServer,
        release: () => this.#body.release(),
      },
    })
  }
}

/** Buffers for answers' bodies, used again: they lie outside the heap, and each new one hastens a full collection. */
export interface BodyPool {
  /** A buffer of at least `bytes`. What is in it is of no meaning. */
  take(bytes: number): Buffer
  /** Hands a buffer back; nobody may read it any more. One that is never handed back is collected like any other. */
  give(buffer: Buffer): void
}

const KEPT = 8
/** A kubelet with 110 pods answers with 270 KB; what is far larger is rare, and not worth holding. */
const LARGEST_KEPT_BYTES = 1024 * 1024
/** Sizes are rounded up to this, so that answers of about one size fit the same buffers. */
const STEP_BYTES = 32 * 1024

export function createBodyPool(): BodyPool {
  const free: Buffer[] = []
  return {
    take(bytes) {
      const fitting = free.findIndex((buffer) => buffer.length >= bytes)
      const [found] = fitting < 0 ? [] : free.splice(fitting, 1)
      return found ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES)
    },
    give(buffer) {
      if (buffer.length === 0 || buffer.length > LARGEST_KEPT_BYTES) return
      free.push(buffer)
      // The oldest goes: sizes that are no longer asked for must not stay.
      if (free.length > KEPT) free.shift()
    },
  }
}

/** A body that grows in buffers of a pool, up to `maxBytes`. */
class PooledBody {
  readonly #pool: BodyPool
  readonly #maxBytes: number
  #buffer: Buffer = NOTHING
  #length = 0

  constructor(pool: BodyPool, maxBytes: number) {
    this.#pool = pool
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#length
  }

  /** What was appended; of no meaning after {@link release}. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Makes room for what is expected. */
  reserve(bytes: number): void {
    this.#grow(Math.min(bytes, this.#maxBytes))
  }

  /**
   * Copies as much of `piece` as there is room for; false: it was too much. A view would keep alive the whole piece of the
   * network's that it is in, and pieces may hold one byte each.
   */
  append(piece: Buffer): boolean {
    const length = Math.min(this.#length + piece.length, this.#maxBytes)
    if (length > this.#buffer.length) this.#grow(Math.min(this.#maxBytes, Math.max(length, this.#buffer.length * 2)))
    const copied = piece.copy(this.#buffer, this.#length, 0, length - this.#length)
    this.#length = length
    return copied === piece.length
  }

  release(): void {
    this.#pool.give(this.#buffer)
    this.#buffer = NOTHING
    this.#length = 0
  }

  #grow(bytes: number): void {
    const grown = this.#pool.take(bytes)
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#pool.give(this.#buffer)
    this.#buffer = grown
  }
}

/** Undoes gzip and zlib ("deflate"), on the thread pool and never in the event loop. */
export interface Inflater {
  /**
   * What `body` becomes, which is read until this settles.
   * @throws RefusedResponseError when that is more than the bound, or `body` is cut or not what it says.
   */
  inflate(body: Buffer): Promise<PooledBody>
}

/** What is inflated between two looks at the bound. */
const PIECE_BYTES = 64 * 1024

/** Piece by piece: the pieces of a whole list would wait for a full collection, each bomb's 16 MiB beside the last one's. */
function unzipWithin(body: Buffer, inflated: PooledBody, maxBytes: number): Promise<PooledBody> {
  const { promise, resolve, reject } = Promise.withResolvers<PooledBody>()
  const unzip = createUnzip({ chunkSize: PIECE_BYTES })
  const refuse = (error: RefusedResponseError): void => {
    inflated.release()
    reject(error)
  }
  unzip.on('data', (piece: Buffer) => {
    if (unzip.destroyed || inflated.append(piece)) return
    unzip.destroy()
    refuse(new RefusedResponseError('too-large', `the answer is longer than ${maxBytes} bytes when inflated`))
  })
  unzip.on('error', () =>
    refuse(new RefusedResponseError('malformed', 'the answer cannot be inflated: it is cut, or no gzip')),
  )
  unzip.on('end', () => resolve(inflated))
  unzip.end(body)
  return promise
}

/**
 * One body is inflated at a time: a small answer may become one of `maxBytes`, and many nodes that send such at once must
 * not cost that many times the memory.
 */
export function createInflater(bodies: BodyPool, maxBytes: number): Inflater {
  let last: Promise<unknown> = Promise.resolve()
  return {
    inflate(body) {
      const next = last.then(() => unzipWithin(body, new PooledBody(bodies, maxBytes), maxBytes))
      last = next.catch(() => {})
      return next
    },
  }
}
