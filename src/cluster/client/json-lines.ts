import { ApiAnswerInvalid } from './api-error.ts'

const NEWLINE = 0x0a

/**
 * Cuts a stream of bytes into lines. It looks for the byte of a newline only, which no multi-byte character of UTF-8
 * contains, so chunks may end anywhere. Empty lines are left out; so is an unfinished last line, which was cut off.
 * @throws ApiAnswerInvalid when a line is longer than `maxLineBytes`.
 */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end)
      from = end + 1
      bound(length + rest.length, maxLineBytes)
      const line = parts.length === 0 ? rest : Buffer.concat([...parts, rest], length + rest.length)
      parts = []
      length = 0
      if (line.length > 0) yield line
    }
    if (from === chunk.length) continue
    length += chunk.length - from
    bound(length, maxLineBytes)
    parts.push(from === 0 ? chunk : chunk.subarray(from))
  }
}

function bound(bytes: number, limit: number): void {
  if (bytes > limit) throw new ApiAnswerInvalid(`a line of the watch is longer than ${limit} bytes`)
}
