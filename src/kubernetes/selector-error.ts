/**
 * A label or field selector that cannot be used. `message` is the one that apimachinery gives and an apiserver puts
 * into the Status of its answer 400 as it is.
 */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}
