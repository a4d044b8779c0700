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

const NOTHING = Buffer.alloc(0)

/** A body that grows in buffers of a pool, up to `maxBytes`. */
export class PooledBody {
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
