import { createUnzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../model/clock.ts'
import type { Moment } from '../../model/sample.ts'
import { type RequestPhase, RefusedResponseError } from './errors.ts'

export interface KubeletResponse {
  readonly status: number
  /** Only the beginning when the status is not 200. Not to be read after {@link KubeletResponse.release}. */
  readonly body: Buffer
  readonly askedAt: Moment
  /** From the request's last byte to the response's first header, milliseconds. */
  readonly tookMs: number
  /** The kubelet's clock at that moment, milliseconds since the epoch, to within a second (from `Date`). */
  readonly nodeTimeMs: number | undefined
  /** It was read to its end, so that the connection can be used again. */
  readonly whole: boolean
  /** Its end is marked (Content-Length, chunks, or the end of gzip), so that nothing can be missing. */
  readonly delimited: boolean
  /** The body is to be inflated before it can be read. */
  readonly compressed: boolean
  /** It has an Audit-Id header, which API servers send and kubelets do not. */
  readonly fromApiServer: boolean
  /** Returns the body's buffer to the pool. */
  release(): void
}

interface ResponseHandlerOptions {
  readonly clock: Clock
  /** Called when the request is sent. */
  readonly heads: { begin(): void }
  readonly bodies: BodyPool
  /** Bound of a body with status 200. */
  readonly maxBodyBytes: number
  /** The expected size of the body: the size of its first buffer. */
  readonly expectedBytes: number
  readonly settle: (outcome: { answer: KubeletResponse } | { error: Error }) => void
}

/** How much of an error response is read for the message. */
const EXCERPT_BYTES = 4096

const NOTHING = Buffer.alloc(0)

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

function declaredLength(headers: Headers): number {
  const value = headers['content-length']
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 0
}

/** `x-gzip` is gzip (RFC 9110 8.4.1.3). Other codings, or several, are not supported. */
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

/** Receives one response through undici's `dispatch`, which creates no stream and no object but the body. */
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
   * The kubelet reads its counters between the request's last byte and the response's first header, so the midpoint is
   * off by at most half of that. The wall clock may jump, so it is read once and moved by the monotonic one, as is `Date`.
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
        // A compressed error response cannot be quoted.
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

/** Reuses the buffers of bodies: they lie outside the heap, and each new one hastens a full collection. */
export interface BodyPool {
  /** A buffer of at least `bytes`, with arbitrary content. */
  take(bytes: number): Buffer
  /** Returns a buffer, which must not be read any more. A buffer that is never returned is garbage-collected. */
  give(buffer: Buffer): void
}

const KEPT = 8
/** A kubelet with 110 pods sends 270 KB; far larger bodies are rare and not worth keeping. */
const LARGEST_KEPT_BYTES = 1024 * 1024
/** Sizes are rounded up to this, so that responses of similar size fit the same buffers. */
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
      // The oldest is dropped, so that unused sizes do not stay.
      if (free.length > KEPT) free.shift()
    },
  }
}

/** A body that grows in pooled buffers, up to `maxBytes`. */
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

  /** What was appended; invalid after {@link release}. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Allocates for the expected size. */
  reserve(bytes: number): void {
    this.#grow(Math.min(bytes, this.#maxBytes))
  }

  /**
   * Copies as much of `chunk` as fits; false when not all of it does. A view instead of a copy would keep the whole network
   * chunk alive.
   */
  append(chunk: Buffer): boolean {
    const length = Math.min(this.#length + chunk.length, this.#maxBytes)
    if (length > this.#buffer.length) this.#grow(Math.min(this.#maxBytes, Math.max(length, this.#buffer.length * 2)))
    const copied = chunk.copy(this.#buffer, this.#length, 0, length - this.#length)
    this.#length = length
    return copied === chunk.length
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

/** Inflates gzip and zlib ("deflate") on the thread pool, never in the event loop. */
export interface Inflater {
  /**
   * The inflated body. `body` must not change until this settles.
   * @throws RefusedResponseError when the result exceeds the bound, or `body` is cut or not compressed.
   */
  inflate(body: Buffer): Promise<PooledBody>
}

/** How much is inflated between two checks of the bound. */
const CHUNK_BYTES = 64 * 1024

/** Copies chunk by chunk: a list of chunks would wait for a full collection, 16 MiB for each zip bomb. */
function unzipWithin(body: Buffer, inflated: PooledBody, maxBytes: number): Promise<PooledBody> {
  const { promise, resolve, reject } = Promise.withResolvers<PooledBody>()
  const unzip = createUnzip({ chunkSize: CHUNK_BYTES })
  const refuse = (error: RefusedResponseError): void => {
    inflated.release()
    reject(error)
  }
  unzip.on('data', (chunk: Buffer) => {
    if (unzip.destroyed || inflated.append(chunk)) return
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
 * Inflates one body at a time: a small response may become `maxBytes`, and many nodes that send such at once must not
 * cost that much memory each.
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
