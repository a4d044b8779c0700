/** Powers of ten: `1500m` is 1500 × 10⁻³. */
const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** A Kubernetes quantity in units of 10^`exponent`: CPU with −9 in nanocores, memory with 0 in bytes. `NaN` when it is none. */
export function readQuantity(text: string, exponent: number): number {
  const [, digits = '', suffix = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? []
  const binary = BINARY.indexOf(suffix)
  if (binary >= 0) return Number(digits) * 1024 ** (binary + 1) * 10 ** -exponent
  const power = DECIMAL.get(suffix)
  if (digits === '' || power === undefined) return Number.NaN
  const scale = power - exponent
  return scale < 0 ? Number(digits) / 10 ** -scale : Number(digits) * 10 ** scale
}
