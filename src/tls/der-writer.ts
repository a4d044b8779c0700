/** One DER element (X.690): its tag octet, its length, and what it holds. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const digits = content.length.toString(16)
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length]), octets, content])
}

export const sequence = (...contents: readonly Buffer[]): Buffer => element(0x30, ...contents)
export const set = (...contents: readonly Buffer[]): Buffer => element(0x31, ...contents)
export const octetString = (content: Buffer): Buffer => element(0x04, content)
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text, 'utf8'))
/** Whole octets only: no bit is left unused. */
export const bitString = (content: Buffer): Buffer => element(0x03, Buffer.from([0]), content)
/** @param content big-endian, its first bit not set: a number of at least 0 */
export const integer = (content: Buffer): Buffer => element(0x02, content)

function base128(arc: number): number[] {
  const digits = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

/** @param dotted such as "1.2.840.10045.4.3.2" */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** UTCTime before 2050 and GeneralizedTime from then on, as RFC 5280 wants it; to the second. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)}Z`
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}
