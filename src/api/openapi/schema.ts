/** A schema in the form of OpenAPI v2, as far as Kubernetes' definitions use it. */
export interface Schema {
  readonly description?: string
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer'
  readonly format?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly [extension: `x-kubernetes-${string}`]: unknown
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

type Json = Readonly<Record<string, unknown>>

export const V2_ROOT = '#/definitions/'
export const V3_ROOT = '#/components/schemas/'

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const DURATION = `${V2_ROOT}io.k8s.apimachinery.pkg.apis.meta.v1.Duration`

/** Pointers in the Go types: only these references may be absent, and so have no default. */
const POINTERS: ReadonlySet<string> = new Set(['deletionTimestamp', 'fieldsV1', 'time'])

const PRIMITIVE_DEFAULTS: ReadonlyMap<Schema['type'], unknown> = new Map<Schema['type'], unknown>([
  ['string', ''],
  ['boolean', false],
])

function* referencesIn(schema: Schema): Generator<string> {
  if (schema.$ref !== undefined) yield schema.$ref.slice(V2_ROOT.length)
  const nested = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})]
  for (const one of nested) if (one !== undefined) yield* referencesIn(one)
}

/** The definitions that can be reached from some of them, sorted by name. */
export function reachable(table: ReadonlyMap<string, Schema>, roots: Iterable<string>): [string, Schema][] {
  const found = new Map<string, Schema>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = table.get(name)
    if (schema === undefined) throw new Error(`no such schema: ${name}`)
    if (found.has(name)) continue
    found.set(name, schema)
    queue.push(...referencesIn(schema))
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Beside a bare $ref, OpenAPI v3 allows nothing: no description, no default. */
const referenceV3 = (reference: string): Json => ({ allOf: [{ $ref: reference.replace(V2_ROOT, V3_ROOT) }] })

/** What a property or an item is when it is absent, as Go's zero values have it; OpenAPI v2 has no such defaults. */
function defaultOf({ $ref, type }: Schema): Json {
  if ($ref !== undefined) return { default: $ref === DURATION ? 0 : {} }
  return PRIMITIVE_DEFAULTS.has(type) ? { default: PRIMITIVE_DEFAULTS.get(type) } : {}
}

const elementV3 = (schema: Schema): Json => ({ ...defaultOf(schema), ...bodyV3(schema) })

function propertyV3(name: string, schema: Schema, isRequired: boolean): Json {
  const hasDefault = schema.$ref === undefined ? isRequired : !POINTERS.has(name)
  return { ...bodyV3(schema), ...(hasDefault && defaultOf(schema)) }
}

function bodyV3(schema: Schema): Json {
  const { $ref, items, additionalProperties, properties, ...rest } = schema
  const required = new Set(schema.required)
  return {
    ...rest,
    ...($ref !== undefined && referenceV3($ref)),
    ...(items !== undefined && { items: elementV3(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: elementV3(additionalProperties) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, propertyV3(name, one, required.has(name))]),
      ),
    }),
  }
}

/**
 * A definition in the form of OpenAPI v3, as kube-openapi makes both of the same Go types (pkg/builder3): references may have
 * a description and a default, and a quantity may be a number.
 */
export function definitionV3(name: string, definition: Schema): Json {
  if (name !== QUANTITY) return bodyV3(definition)
  return { description: definition.description, oneOf: [{ type: 'string' }, { type: 'number' }] }
}
