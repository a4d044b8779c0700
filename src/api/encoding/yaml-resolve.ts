const WORDS = new Set(
  [
    ['', '~', 'null', 'Null', 'NULL', 'y', 'Y', 'yes', 'Yes', 'YES', 'n', 'N', 'no', 'No', 'NO'],
    ['true', 'True', 'TRUE', 'false', 'False', 'FALSE', 'on', 'On', 'ON', 'off', 'Off', 'OFF'],
    ['.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'],
  ].flat(),
)
const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+|0|[1-9][0-9]*)$/
const BINARY = /^-?0b[+-]?[01]+$/
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt]| +)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)?)?$/
/** Longer digits cannot be in the range of 64 bits, whatever their base. */
const MAX_INTEGER_CHARACTERS = 66

/** strconv.ParseInt or ParseUint with base 0 takes it. */
function isInteger(text: string): boolean {
  const parts = text.length <= MAX_INTEGER_CHARACTERS ? INTEGER.exec(text) : null
  if (parts === null) return false
  const [, sign = '', digits = ''] = parts
  const octal = /^0[0-7]/.test(digits)
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits)
  if (sign === '-') return value <= 2n ** 63n
  return value < (sign === '+' ? 2n ** 63n : 2n ** 64n)
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()

/** One of the four timestamp formats of yaml.v2: with a zone after T or t, without one after spaces, or a date alone. */
function isTimestamp(text: string): boolean {
  const parts = DATE.exec(text)
  if (parts === null) return false
  const [year = 0, month = 0, day = 0] = parts.slice(1, 4).map(Number)
  const [hour = 0, minute = 0, second = 0] = parts.slice(5, 8).map((part) => Number(part ?? 0))
  const separator = parts[4]
  if (separator !== undefined && /[Tt]/.test(separator) !== (parts[8] !== undefined)) return false
  const dated = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  return dated && hour < 24 && minute < 60 && second < 60
}

function isNumeric(text: string): boolean {
  const plain = text.replaceAll('_', '')
  return isInteger(plain) || BINARY.test(plain) || (FLOAT.test(plain) && Number.isFinite(Number(plain)))
}

/**
 * Whether a YAML 1.1 reader would take the bare text for something else than a string, so that it is written in quotes
 * (sigs.k8s.io/yaml v1.4, goyaml.v2/resolve.go and isBase60Float in encode.go).
 */
export function looksLikeNoString(text: string): boolean {
  const first = text.charAt(0)
  if (first === '' || 'yYnNtTfFoO~'.includes(first)) return WORDS.has(text)
  if (first === '.') return WORDS.has(text) || (FLOAT.test(text) && Number.isFinite(Number(text)))
  if (!/[0-9+-]/.test(first)) return false
  return WORDS.has(text) || isTimestamp(text) || isNumeric(text) || BASE_60.test(text)
}
