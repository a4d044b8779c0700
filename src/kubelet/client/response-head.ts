import { RefusedResponseError } from './errors.ts'

/** The headers of a kubelet have a few hundred bytes. */
export const MAX_HEAD_BYTES = 16 * 1024

const NOTHING = Buffer.alloc(0)
const LF = 10
const CR = 13
const BEGINNING = Buffer.from('HTTP/1.')

/** Where the empty line after a head ends; -1 when it is not among the bytes. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3
  }
  return -1
}

/** 100 to 199 without 101, which switches to another protocol. */
function isInterim(head: Buffer): boolean {
  const status = head.toString('latin1', 9, 12)
  return /^1\d\d$/.test(status) && status !== '101'
}

/** The value of a header line with this name, in lower case. */
function headerValue(line: string, name: string): string | undefined {
  const colon = line.indexOf(':')
  return line.slice(0, colon).toLowerCase() === name ? line.slice(colon + 1).trim() : undefined
}

/** The head rewritten for the parser by the rules of {@link ResponseHeads}; `undefined`: nothing is to be rewritten. */
function normalized(text: string): string | undefined {
  const lines = text
    .replace(/\r?\n[ \t]+(?=[^\r\n])/g, ' ')
    .split(/\r?\n/)
    .slice(0, -2)
  const isChunked = lines.some((line) => headerValue(line, 'transfer-encoding')?.toLowerCase() === 'chunked')
  let length: string | undefined
  const kept = lines.filter((line) => {
    const value = headerValue(line, 'content-length')
    if (value === undefined) return true
    const isRepeated = value === length
    length = value
    return !isChunked && !isRepeated
  })
  const head = `${kept.join('\r\n')}\r\n\r\n`
  return head === text ? undefined : head
}

/**
 * Rewrites the heads of responses before undici's parser, which accepts less of RFC 9112 than Go's net/http: removes interim
 * responses (1xx but 101, RFC 9110 15.2), bare line feeds, folded lines, and a Content-Length that is repeated or stands
 * beside `Transfer-Encoding: chunked`. What must be refused, such as two different lengths, is left to the parser.
 */
export class ResponseHeads {
  #isInHead = false
  /** The beginning of a head whose end has not arrived yet. */
  #held = NOTHING
  #length = 0
  #total = 0

  /** A request is sent: the head of its response comes next. */
  begin(): void {
    this.#isInHead = true
    this.#length = 0
    this.#total = 0
  }

  /**
   * The bytes for the parser instead of `chunk`, which is not kept; `null`: none yet.
   * @throws RefusedResponseError when the heads of one response, with interim ones, exceed {@link MAX_HEAD_BYTES}.
   */
  take(chunk: Buffer): Buffer | null {
    if (!this.#isInHead) return chunk
    let from = Math.max(0, this.#length - 2)
    let bytes = this.#length === 0 ? chunk : this.#append(chunk)
    for (;;) {
      const compared = Math.min(bytes.length, BEGINNING.length)
      if (BEGINNING.compare(bytes, 0, compared, 0, compared) !== 0) return this.#leave(bytes)
      const end = endOfHead(bytes, from)
      if (end < 0) return this.#hold(bytes)
      this.#count(end)
      if (!isInterim(bytes)) {
        const head = normalized(bytes.toString('latin1', 0, end))
        return this.#leave(
          head === undefined ? bytes : Buffer.concat([Buffer.from(head, 'latin1'), bytes.subarray(end)]),
        )
      }
      bytes = bytes.subarray(end)
      from = 0
      if (bytes.length === 0) return this.#hold(bytes)
    }
  }

  #leave(bytes: Buffer): Buffer {
    this.#isInHead = false
    this.#held = NOTHING
    return bytes
  }

  #count(bytes: number): void {
    this.#total += bytes
    if (this.#total > MAX_HEAD_BYTES) {
      throw new RefusedResponseError('too-large', `the answer's headers are longer than ${MAX_HEAD_BYTES} bytes`)
    }
  }

  /** Appends `chunk` to the bytes kept so far. A head of many small chunks is copied once. */
  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, MAX_HEAD_BYTES))
      this.#held.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    chunk.copy(this.#held, this.#length)
    this.#length = length
    return this.#held.subarray(0, length)
  }

  #hold(bytes: Buffer): null {
    if (this.#total + bytes.length > MAX_HEAD_BYTES) this.#count(bytes.length)
    const isHeld = bytes.length > 0 && bytes.buffer === this.#held.buffer && bytes.byteOffset === this.#held.byteOffset
    if (!isHeld) {
      const copy = Buffer.from(bytes)
      this.#held = NOTHING
      this.#length = 0
      if (copy.length > 0) this.#append(copy)
    }
    return null
  }
}
