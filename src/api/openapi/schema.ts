/**
 * Type of a property, in short: a primitive, `#Name` for another schema, with `[]` before it for a list and `{}` for a
 * map from strings.
 */
export type PropertyType = `${'' | '[]' | '{}'}${'string' | 'boolean' | 'int64' | `#${string}`}`

export type PropertySpec = readonly [
  type: PropertyType,
  description: string,
  extensions?: Readonly<Record<string, unknown>>,
]

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** A schema, short of what OpenAPI v2 and v3 write differently. */
export interface SchemaSpec {
  readonly description: string
  /** What it is when it is no object. */
  readonly scalar?: { readonly type: 'string' | 'object'; readonly format?: string; readonly orNumber?: boolean }
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, PropertySpec>>
  readonly gvk?: GroupVersionKind
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** Schemas by their full names, as everybody else's documents name them. */
export type SchemaTable = ReadonlyMap<string, SchemaSpec>

/** The schemas that a property or an answer refers to. */
export function referenceOf(type: PropertyType): string | undefined {
  const at = type.indexOf('#')
  return at < 0 ? undefined : type.slice(at + 1)
}

/** Whatever can be reached from some schemas, sorted by name. */
export function reachable(table: SchemaTable, roots: Iterable<string>): [string, SchemaSpec][] {
  const found = new Map<string, SchemaSpec>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const spec = table.get(name)
    if (spec === undefined) throw new Error(`no such schema: ${name}`)
    if (found.has(name)) continue
    found.set(name, spec)
    for (const [type] of Object.values(spec.properties ?? {})) {
      const reference = referenceOf(type)
      if (reference !== undefined) queue.push(reference)
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}
