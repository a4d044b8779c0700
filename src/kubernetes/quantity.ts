const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

function canonical(value: number, base: number, suffixes: readonly string[]): string {
  if (value === 0) return '0'
  let rest = value
  let step = 0
  while (step < suffixes.length - 1 && rest % base === 0) {
    rest /= base
    step++
  }
  return `${rest}${suffixes[step]}`
}

/**
 * CPU as a Kubernetes quantity in canonical decimal form: 286455582 → "286455582n", 10_000_000 → "10m", 1e9 → "1"
 * (apimachinery, pkg/api/resource: the largest suffix that leaves a whole number).
 * @param nanocores a whole number from 0 to 2^53.
 */
export function cpuQuantity(nanocores: number): string {
  return canonical(nanocores, 1000, DECIMAL_SUFFIXES)
}

/**
 * Bytes as a Kubernetes quantity in canonical binary form: 731283456 → "714144Ki", 2389352864 stays as it is.
 * @param bytes a whole number from 0 to 2^53.
 */
export function bytesQuantity(bytes: number): string {
  return canonical(bytes, 1024, BINARY_SUFFIXES)
}

/** Powers of ten and of two that follow a quantity's number (apimachinery, pkg/api/resource/suffix.go). */
const FACTORS: ReadonlyMap<string, number> = new Map([
  ...DECIMAL_SUFFIXES.map((suffix, i): [string, number] => [suffix, 10 ** (3 * i - 9)]),
  ...BINARY_SUFFIXES.map((suffix, i): [string, number] => [suffix, 2 ** (10 * i)]),
])
const QUANTITY = /^([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3}|)$/

/** The value of a Kubernetes quantity: "250m" → 0.25, "16Gi" → 2^34, "1e3" → 1000; `undefined` for what is none. */
export function quantityValue(text: string): number | undefined {
  const [, number, suffix = ''] = QUANTITY.exec(text) ?? []
  if (number === undefined) return undefined
  const factor = FACTORS.get(suffix) ?? Number(`1${suffix}`)
  const value = Number(number) * factor
  return Number.isFinite(value) ? value : undefined
}
