/** Bytes that are not the DER that was expected of them. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One element of DER: its tag octet, and its content without tag and length. */
export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** Tag, length and content, as they stood. */
  readonly whole: Buffer
}

/*
 * The reader is ours because it must refuse what Go's cryptobyte refuses. @peculiar/asn1-schema reads BER: BOOLEAN 01,
 * lengths with leading zeros and version 4 pass, and what one reader passes and another refuses is a way in.
 */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

function lengthAt(bytes: Buffer, at: number): { length: number; contentAt: number } {
  const first = bytes[at]
  if (first === undefined) throw new DerError('an element ends before its length')
  if (first < 0x80) return { length: first, contentAt: at + 1 }
  const octets = first & 0x7f
  if (octets === 0 || octets > 4 || at + 1 + octets > bytes.length) throw new DerError('a length is not DER')
  const length = bytes.readUIntBE(at + 1, octets)
  if (length < 0x80 || bytes[at + 1] === 0) throw new DerError('a length is longer than it has to be')
  return { length, contentAt: at + 1 + octets }
}

/**
 * The elements that follow one another in `bytes` and fill them exactly (X.690, with one-octet tags and definite
 * lengths of the shortest form, which is all that certificates use).
 * @throws DerError when they do not.
 */
export function readElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag is longer than one octet')
    const { length, contentAt } = lengthAt(bytes, at + 1)
    const end = contentAt + length
    if (end > bytes.length) throw new DerError('an element is cut short')
    elements.push({ tag, content: bytes.subarray(contentAt, end), whole: bytes.subarray(at, end) })
    at = end
  }
  return elements
}

/** The only element in `bytes`. @throws DerError when there is none, or more. */
export function readElement(bytes: Buffer): DerElement {
  const [element, ...others] = readElements(bytes)
  if (element === undefined || others.length > 0) throw new DerError('expected one element')
  return element
}

/** The content of an element that must have `tag`. @throws DerError */
export function contentOf(element: DerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new DerError(`expected tag ${tag}, found ${element?.tag ?? 'nothing'}`)
  return element.content
}

/** The content's elements of an element that must have `tag`. @throws DerError */
export function childrenOf(element: DerElement | undefined, tag: number = TAG.sequence): DerElement[] {
  return readElements(contentOf(element, tag))
}

/** @throws DerError for anything but 00 and FF. */
export function booleanOf(element: DerElement | undefined): boolean {
  const content = contentOf(element, TAG.boolean)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError('a BOOLEAN is not DER')
  return content[0] === 0xff
}

/** The octets of an integer of at least 0, without the zero that only keeps the sign. @throws DerError */
export function naturalOf(element: DerElement | undefined): Buffer {
  const content = contentOf(element, TAG.integer)
  const [first, second = 0x80] = content
  if (first === undefined || (first === 0 && content.length > 1 && second < 0x80)) {
    throw new DerError('an INTEGER is longer than it has to be')
  }
  if (first >= 0x80) throw new DerError('an INTEGER is negative')
  return first === 0 && content.length > 1 ? content.subarray(1) : content
}

/** @throws DerError when it does not fit into 31 bits. */
export function smallNumberOf(element: DerElement | undefined): number {
  const octets = naturalOf(element)
  const value = octets.length > 4 ? Number.POSITIVE_INFINITY : octets.readUIntBE(0, octets.length)
  if (value > 0x7fffffff) throw new DerError('an INTEGER is too large')
  return value
}

/** The octets of a BIT STRING, and how many bits of the last one are unused; those must be 0. @throws DerError */
export function bitsOf(element: DerElement | undefined): { readonly octets: Buffer; readonly unused: number } {
  const content = contentOf(element, TAG.bitString)
  const unused = content[0]
  const last = content.length > 1 ? (content.at(-1) ?? 0) : 0
  if (unused === undefined || unused > 7 || (unused > 0 && content.length < 2) || (last & ((1 << unused) - 1)) !== 0) {
    throw new DerError('a BIT STRING is not DER')
  }
  return { octets: content.subarray(1), unused }
}

/** An object identifier in dotted form. @throws DerError */
export function objectIdentifierOf(element: DerElement | undefined): string {
  const arcs: number[] = []
  let arc = 0
  let open = false
  for (const octet of contentOf(element, TAG.objectIdentifier)) {
    if (!open && octet === 0x80) throw new DerError('an object identifier is longer than it has to be')
    arc = arc * 128 + (octet & 0x7f)
    if (arc > 0x7fffffff) throw new DerError('an object identifier is too large')
    open = octet >= 0x80
    if (open) continue
    arcs.push(arc)
    arc = 0
  }
  const [first, ...rest] = arcs
  if (first === undefined || open) throw new DerError('an object identifier is cut short')
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...rest].join('.')
}

const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:Z|([+-])(\d{2})(\d{2}))$/

/**
 * Milliseconds since the epoch of a UTCTime, or of a GeneralizedTime with seconds and without fractions. A zone other
 * than Z is taken, as Go does.
 * @throws DerError
 */
export function timeOf(element: DerElement | undefined): number {
  const isShort = element?.tag === TAG.utcTime
  const text = contentOf(element, isShort ? TAG.utcTime : TAG.generalizedTime).toString('latin1')
  const [, years = '', month = '', day = '', hour = '', minute = '', second, sign, zoneHour = '0', zoneMinute = '0'] =
    TIME.exec(text) ?? []
  const fits = years.length === (isShort ? 2 : 4) && (isShort || second !== undefined) && !/[+-]0000$/.test(text)
  const year = Number(years) + (isShort ? (Number(years) >= 50 ? 1900 : 2000) : 0)
  const iso = `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second ?? '00'}.000Z`
  const ms = fits ? Date.parse(iso) : Number.NaN
  const zone = Number(zoneHour) * 60 + Number(zoneMinute)
  // A date that does not exist, such as the 30th of February, comes back as another.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso || zone > 1439 || Number(zoneMinute) > 59) {
    throw new DerError('a time is not DER')
  }
  return ms - (sign === '-' ? -zone : zone) * 60_000
}

function utf8(content: Buffer): string {
  const text = content.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(content)) throw new DerError('a UTF8String is not UTF-8')
  return text
}

/** UCS-2: a terminator is taken off; surrogates and what is no character are refused (Go, crypto/x509/parser.go). */
function ucs2(content: Buffer): string {
  if (content.length % 2 !== 0) throw new DerError('a BMPString has half a character')
  const text = Buffer.from(content).swap16().toString('utf16le').replace(/\0$/, '')
  if (/[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(text)) throw new DerError('a BMPString has no characters in it')
  return text
}

/** What each kind of string may hold; `*` and `&` in a PrintableString are Go's leniency, for old authorities. */
const ALLOWED = new Map([
  [0x12, /^[0-9 ]*$/],
  [0x13, /^[a-zA-Z0-9'()*&+,./:=? -]*$/],
  // An IA5String is ASCII, control characters included.
  [0x16, /^[\0-\x7f]*$/],
  // T.61 is read as Latin-1, as Go does.
  [0x14, /^[\0-\xff]*$/],
])

/**
 * A string of the kinds that names are written in.
 * @throws DerError for other kinds and for characters that the kind does not allow.
 */
export function textOf(element: DerElement | undefined): string {
  const { tag = 0, content = Buffer.alloc(0) } = element ?? {}
  if (tag === 0x0c) return utf8(content)
  if (tag === 0x1e) return ucs2(content)
  const text = content.toString('latin1')
  const allowed = ALLOWED.get(tag)
  if (allowed === undefined) throw new DerError('a name has a value that is no string')
  if (!allowed.test(text)) throw new DerError('a string has characters that its kind does not allow')
  return text
}

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
