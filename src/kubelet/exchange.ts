import type { Dispatcher } from 'undici'
import type { Clock } from '../model/clock.ts'
import type { Moment } from '../model/sample.ts'
import type { BodyPool } from './body-pool.ts'
import type { KubeletErrorReason } from './kubelet-error.ts'

export interface Answer {
  readonly status: number
  /** Of an answer that is not 200, only the beginning. Not to be read after {@link Answer.release}. */
  readonly body: Buffer
  readonly askedAt: Moment
  /** The kubelet's clock at that moment, milliseconds since the epoch, to within a second (from `Date`). */
  readonly nodeTimeMs: number | undefined
  /** Whether it was read to its end, so that the connection can be used again. */
  readonly whole: boolean
  /** Whether it said where it ends (Content-Length, chunks): where only the connection's end does, it may be cut. */
  readonly delimited: boolean
  /** Lets the body's buffer be used for another answer. */
  release(): void
}

/** The answer was refused while it came in. */
export class RefusedAnswerError extends Error {
  override readonly name = 'RefusedAnswerError'
  readonly reason: KubeletErrorReason

  constructor(reason: KubeletErrorReason, message: string) {
    super(message)
    this.reason = reason
  }
}

export interface ExchangeOptions {
  readonly clock: Clock
  readonly bodies: BodyPool
  /** Bound of a body with status 200. */
  readonly maxBodyBytes: number
  /** What the body is expected to have, to begin with a buffer of that size. */
  readonly expectedBytes: number
  readonly settle: (outcome: { answer: Answer } | { error: Error }) => void
}

export type ExchangePhase = 'connecting' | 'waiting for the answer' | 'reading the answer'

/** Of an answer that is no metrics, this much is read, for the message. */
const EXCERPT_BYTES = 4096

const NOTHING = Buffer.alloc(0)

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

function declaredLength(headers: Headers): number {
  const value = headers['content-length']
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 0
}

function dateOf(headers: Headers): number | undefined {
  const value = headers.date
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) ? time : undefined
}

/** One request and its answer, as a handler of undici's `dispatch`: no stream, no object but the body. */
export class Exchange implements Dispatcher.DispatchHandler {
  phase: ExchangePhase = 'connecting'
  #status = 0
  #limit = 0
  #delimited = false
  #body: Buffer = NOTHING
  #length = 0
  #sentMs = 0
  #askedAt: Moment = { wallMs: 0, monotonicMs: 0 }
  #nodeTimeMs: number | undefined
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  get received(): number {
    return this.#length
  }

  onRequestStart(): void {
    this.phase = 'waiting for the answer'
    this.#sentMs = this.#options.clock.monotonicMs()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.phase = 'reading the answer'
    this.#status = status
    this.#takeTimes(dateOf(headers))
    this.#limit = status === 200 ? this.#options.maxBodyBytes : EXCERPT_BYTES
    this.#delimited = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    const encoding = headers['content-encoding']
    const length = declaredLength(headers)
    if (status !== 200) return
    if (encoding !== undefined && encoding !== 'identity') {
      controller.abort(
        new RefusedAnswerError('malformed', 'the answer has a Content-Encoding, which was not asked for'),
      )
    } else if (length > this.#limit) this.#refuseLength(controller)
    else this.#body = this.#options.bodies.take(Math.min(length || this.#options.expectedBytes, this.#limit))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > this.#limit) {
      if (this.#status === 200) this.#refuseLength(controller)
      else {
        this.#append(chunk.subarray(0, this.#limit - this.#length))
        this.#finish(false)
        controller.abort(new Error('the rest is not of interest'))
      }
      return
    }
    this.#append(chunk)
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
    const half = (now - this.#sentMs) / 2
    this.#askedAt = { wallMs: this.#options.clock.wallMs() - half, monotonicMs: now - half }
    this.#nodeTimeMs = dateMs === undefined ? undefined : dateMs - half
  }

  #refuseLength(controller: Dispatcher.DispatchController): void {
    controller.abort(new RefusedAnswerError('too-large', `the answer is longer than ${this.#limit} bytes`))
  }

  /** Copies: a view would keep alive the whole piece of the network's that it is in, and pieces may hold one byte each. */
  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > this.#body.length) {
      const grown = this.#options.bodies.take(Math.min(this.#limit, Math.max(length, this.#body.length * 2)))
      this.#body.copy(grown, 0, 0, this.#length)
      this.#release()
      this.#body = grown
    }
    chunk.copy(this.#body, this.#length)
    this.#length = length
  }

  #finish(whole: boolean): void {
    const body = this.#body.subarray(0, this.#length)
    const said = { status: this.#status, body, askedAt: this.#askedAt, nodeTimeMs: this.#nodeTimeMs }
    this.#options.settle({ answer: { ...said, whole, delimited: this.#delimited, release: () => this.#release() } })
  }

  #release(): void {
    this.#options.bodies.give(this.#body)
    this.#body = NOTHING
  }
}
