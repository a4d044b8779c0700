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
