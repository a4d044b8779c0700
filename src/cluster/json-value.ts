/** The member `key` of a parsed JSON or YAML value, `undefined` when the value is no object or has no such member. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

/** The value at the end of a path of members. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, value)
}

/** Whether the value is exactly `true`. */
export const isTrue = (value: unknown): boolean => value === true

/** The value when it is a string that is not empty; Kubernetes leaves an empty string out, so the two mean the same. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value when it is an array, else an empty one (Go writes an empty slice as null). */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The strings of an array, other values left out. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((entry) => typeof entry === 'string')
}

/** The entries of an object whose values are strings: labels, annotations, a ConfigMap's data. */
export function textEntries(value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}
