const INITIAL_BYTES = 16 * 1024
/** Copies smaller than this may share memory with others; a bigger one that is kept must not hold what it does not need. */
const OWN_MEMORY_BYTES = 2048

/** A copy in memory of its own, however small what it is copied from was a part of. */
export function ownCopy(bytes: Buffer): Buffer {
  const copy = bytes.length < OWN_MEMORY_BYTES ? Buffer.allocUnsafe(bytes.length) : Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

/** Gathers bytes in memory that is used again and again. */
export class ByteSink {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  reset(): void {
    this.#length = 0
  }

  text(text: string): void {
    // The longest that UTF-8 makes of a unit of UTF-16.
    this.#room(3 * text.length)
    this.#length += this.#buffer.write(text, this.#length)
  }

  bytes(from: Buffer, start: number, end: number): void {
    this.#room(end - start)
    this.#length += from.copy(this.#buffer, this.#length, start, end)
  }

  /** A copy of all that was gathered since the last {@link reset}. */
  copy(): Buffer {
    return ownCopy(this.#buffer.subarray(0, this.#length))
  }

  /** The part of `memory` that all of that now stands in. */
  copyTo(memory: Buffer): Buffer {
    return memory.subarray(0, this.#buffer.copy(memory, 0, 0, this.#length))
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe((this.#length + bytes) * 2)
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
