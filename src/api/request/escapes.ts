import { isUtf8 } from 'node:buffer'

/**
 * Bytes to text as Go's strings keep them: bytes that are no UTF-8 stay apart (as lone surrogates U+DC80…U+DCFF), so
 * that model's goQuote can still name them. `toWellFormed()` makes U+FFFD of them, as Go's JSON does.
 */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)))
    text += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
    at += length ?? 1
  }
  return text
}

const hexDigit = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/**
 * Takes percent-escapes out of a part of a request target, as Go's net/url does: `undefined` when one is malformed.
 * @param raw one char per byte, as node gives request targets.
 * @param plusIsSpace whether `+` stands for a space (queries, not paths).
 */
export function unescapeTarget(raw: string, plusIsSpace: boolean): string | undefined {
  if (/^[!#-$&-*,-~]*$/.test(raw)) return raw
  const bytes = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code === 37) {
      const high = hexDigit(raw.charCodeAt(i + 1))
      const low = hexDigit(raw.charCodeAt(i + 2))
      if (!(high >= 0 && low >= 0)) return undefined
      bytes[length++] = high * 16 + low
      i += 2
    } else {
      bytes[length++] = code === 43 && plusIsSpace ? 32 : code
    }
  }
  return textOf(bytes.subarray(0, length))
}
