import { DISCOVERY_SCHEMAS } from './discovery-schemas.ts'
import { META_SCHEMAS } from './meta-schemas.ts'
import { METRICS_SCHEMAS } from './metrics-schemas.ts'
import { OPERATIONS, type OperationSpec, type ParameterSpec } from './operations.ts'
import { type PropertySpec, type PropertyType, reachable, referenceOf, type SchemaSpec } from './schema.ts'

type Json = Record<string, unknown>

/** What the two versions of OpenAPI write differently. */
interface Dialect {
  readonly schemaRoot: string
  readonly v3: boolean
}

const V2: Dialect = { schemaRoot: '#/definitions/', v3: false }
const V3: Dialect = { schemaRoot: '#/components/schemas/', v3: true }

const TABLE = new Map([...METRICS_SCHEMAS, ...META_SCHEMAS, ...DISCOVERY_SCHEMAS])
const ZERO = new Map<string, unknown>([
  ['string', ''],
  ['boolean', false],
])

function typeJson(type: PropertyType, dialect: Dialect): Json {
  if (type.startsWith('[]')) return { type: 'array', items: typeJson(type.slice(2) as PropertyType, dialect) }
  if (type.startsWith('{}')) {
    return { type: 'object', additionalProperties: typeJson(type.slice(2) as PropertyType, dialect) }
  }
  const reference = referenceOf(type)
  if (reference === undefined) return type === 'int64' ? { type: 'integer', format: 'int64' } : { type }
  // Beside a bare $ref, OpenAPI v3 allows nothing: no description, no default.
  const target = { $ref: dialect.schemaRoot + reference }
  return dialect.v3 ? { allOf: [target] } : target
}

function propertyJson([type, description, extensions]: PropertySpec, required: boolean, dialect: Dialect): Json {
  const zero = dialect.v3 && required ? ZERO.get(type) : undefined
  return { description, ...typeJson(type, dialect), ...(zero !== undefined && { default: zero }), ...extensions }
}

function schemaJson(spec: SchemaSpec, dialect: Dialect): Json {
  const { description, scalar, required = [], properties, gvk, extensions } = spec
  if (scalar !== undefined) {
    const { type, format, orNumber = false } = scalar
    if (orNumber && dialect.v3) return { description, oneOf: [{ type }, { type: 'number' }] }
    return { description, type, ...(format !== undefined && { format }) }
  }
  const entries = Object.entries(properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    description,
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(entries.map(([n, p]) => [n, propertyJson(p, required.includes(n), dialect)])),
    ...(gvk !== undefined && { 'x-kubernetes-group-version-kind': [gvk] }),
    ...extensions,
  }
}

const schemasJson = (operations: readonly OperationSpec[], dialect: Dialect): Json => {
  const roots = new Set(operations.map(({ answer }) => answer))
  return Object.fromEntries(reachable(TABLE, roots).map(([name, spec]) => [name, schemaJson(spec, dialect)]))
}

const kubernetesExtensions = ({ action, gvk }: OperationSpec): Json => ({
  ...(action !== undefined && { 'x-kubernetes-action': action }),
  ...(gvk !== undefined && { 'x-kubernetes-group-version-kind': gvk }),
})

function parameterJson({ name, in: place, type, description }: ParameterSpec, dialect: Dialect): Json {
  const required = place === 'path' ? { required: true } : {}
  const typed = { type, uniqueItems: true }
  return { name, in: place, description, ...required, ...(dialect.v3 ? { schema: typed } : typed) }
}

function operationV2(operation: OperationSpec): Json {
  const { description, consumes, produces, tag, operationId, answer } = operation
  const responses = { 200: { description: 'OK', schema: { $ref: V2.schemaRoot + answer } } }
  const own = { description, consumes, produces, schemes: ['https'], tags: [tag], operationId, responses }
  return { ...own, ...kubernetesExtensions(operation) }
}

function operationV3(operation: OperationSpec): Json {
  const { description, produces, tag, operationId, answer } = operation
  const schema = { $ref: V3.schemaRoot + answer }
  const content = Object.fromEntries([...produces].sort().map((type) => [type, { schema }]))
  const responses = { 200: { description: 'OK', content } }
  return { tags: [tag], description, operationId, responses, ...kubernetesExtensions(operation) }
}

const pathJson = (operation: OperationSpec, get: Json, dialect: Dialect): Json => ({
  get,
  ...(operation.parameters.length > 0 && { parameters: operation.parameters.map((p) => parameterJson(p, dialect)) }),
})

const INFO = { title: 'Kubernetes metrics-server', version: 'v0.0.0' }

/** The OpenAPI v2 document: all paths and schemas that are served. */
export const openApiV2 = (): Json => ({
  swagger: '2.0',
  info: INFO,
  paths: Object.fromEntries(OPERATIONS.map((o) => [o.path, pathJson(o, operationV2(o), V2)])),
  definitions: schemasJson(OPERATIONS, V2),
})

/** The OpenAPI v3 documents by the names of their roots: `apis/metrics.k8s.io/v1beta1` and so on. */
export function openApiV3(): Map<string, Json> {
  const byDocument = Map.groupBy(OPERATIONS, ({ document }) => document)
  return new Map(
    [...byDocument].map(([name, operations]) => [
      name,
      {
        openapi: '3.0.0',
        info: INFO,
        paths: Object.fromEntries(operations.map((o) => [o.path, pathJson(o, operationV3(o), V3)])),
        components: { schemas: schemasJson(operations, V3) },
      },
    ]),
  )
}
