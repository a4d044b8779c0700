import { ownCopy } from './byte-sink.ts'

const INITIAL_BYTES = 4096
const [VARINT, FIXED64, BYTES] = [0, 1, 2]

/**
 * Writes protobuf from its end to its start, as gogo-generated Go code does: so the length of a message is known when it
 * is written, without counting beforehand. Fields are therefore written last to first. Reused after {@link reset}.
 */
export class ReverseWriter {
  #buffer: Buffer
  #at: number

  /** @param bytes of memory to begin with. */
  constructor(bytes: number = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafe(bytes)
    this.#at = bytes
  }

  reset(): void {
    this.#at = this.#buffer.length
  }

  /** A copy of what has been written. */
  bytes(): Buffer {
    return ownCopy(this.view())
  }

  /** What has been written, good until more is. */
  view(): Buffer {
    return this.#buffer.subarray(this.#at)
  }

  /** How many bytes have been written. Given to {@link message} it says where a message ends. */
  get length(): number {
    return this.#buffer.length - this.#at
  }

  /** Closes a nested message: all that was written since its `end`. */
  message(field: number, end: number): void {
    this.messageHead(field, this.length - end)
  }

  /** Only the tag and length of a message of so many bytes. */
  messageHead(field: number, bytes: number): void {
    this.#varint(bytes)
    this.#varint(field * 8 + BYTES)
  }

  /** @param value a whole number of at least 0, up to 2^53. */
  number(field: number, value: number): void {
    this.#varint(value)
    this.#varint(field * 8 + VARINT)
  }

  double(field: number, value: number): void {
    this.#room(8)
    this.#at -= 8
    this.#buffer.writeDoubleLE(value, this.#at)
    this.#varint(field * 8 + FIXED64)
  }

  /** A string as UTF-8; it is written even when it is empty, as gogo-generated code does for fields that are no pointers. */
  string(field: number, text: string): void {
    const end = this.length
    this.#text(text)
    this.message(field, end)
  }

  raw(bytes: Buffer): void {
    this.#room(bytes.length)
    this.#at -= bytes.length
    bytes.copy(this.#buffer, this.#at)
  }

  #text(text: string): void {
    this.#room(text.length)
    const start = this.#at - text.length
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.raw(Buffer.from(text))
        return
      }
      this.#buffer[start + i] = code
    }
    this.#at = start
  }

  #varint(value: number): void {
    let bytes = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
    this.#room(bytes)
    this.#at -= bytes
    let rest = value
    for (let i = 0; i < bytes - 1; i++) {
      this.#buffer[this.#at + i] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#at + bytes - 1] = rest
  }

  #room(bytes: number): void {
    if (this.#at >= bytes) return
    const written = this.length
    const larger = Buffer.allocUnsafe((written + bytes) * 2)
    this.#buffer.copy(larger, larger.length - written, this.#at)
    this.#buffer = larger
    this.#at = larger.length - written
  }
}
