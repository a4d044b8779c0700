import { DISCOVERY_SCHEMAS } from './discovery-schemas.ts'
import { META_SCHEMAS } from './meta-schemas.ts'
import { METRICS_SCHEMAS } from './metrics-schemas.ts'
import { OPERATIONS, type OperationSpec, type ParameterSpec } from './operations.ts'
import { definitionV3, reachable, type Schema, V2_ROOT, V3_ROOT } from './schema.ts'

type Json = Record<string, unknown>

const DEFINITIONS = new Map(Object.entries({ ...METRICS_SCHEMAS, ...META_SCHEMAS, ...DISCOVERY_SCHEMAS }))

const definitionsOf = (operations: readonly OperationSpec[]): [string, Schema][] =>
  reachable(DEFINITIONS, new Set(operations.map(({ answer }) => answer)))

const kubernetesExtensions = ({ action, gvk }: OperationSpec): Json => ({
  ...(action !== undefined && { 'x-kubernetes-action': action }),
  ...(gvk !== undefined && { 'x-kubernetes-group-version-kind': gvk }),
})

function parameterJson({ name, in: place, type, description }: ParameterSpec, v3: boolean): Json {
  const required = place === 'path' ? { required: true } : {}
  const typed = { type, uniqueItems: true }
  return { name, in: place, description, ...required, ...(v3 ? { schema: typed } : typed) }
}

function operationV2(operation: OperationSpec): Json {
  const { description, consumes, produces, tag, operationId, answer } = operation
  const responses = { 200: { description: 'OK', schema: { $ref: V2_ROOT + answer } } }
  const own = { description, consumes, produces, schemes: ['https'], tags: [tag], operationId, responses }
  return { ...own, ...kubernetesExtensions(operation) }
}

function operationV3(operation: OperationSpec): Json {
  const { description, produces, tag, operationId, answer } = operation
  const schema = { $ref: V3_ROOT + answer }
  const content = Object.fromEntries([...produces].sort().map((type) => [type, { schema }]))
  const responses = { 200: { description: 'OK', content } }
  return { tags: [tag], description, operationId, responses, ...kubernetesExtensions(operation) }
}

const pathJson = (operation: OperationSpec, get: Json, v3: boolean): Json => ({
  get,
  ...(operation.parameters.length > 0 && { parameters: operation.parameters.map((p) => parameterJson(p, v3)) }),
})

const INFO = { title: 'Kubernetes metrics-server', version: 'v0.0.0' }

/** The OpenAPI v2 document: all paths and schemas that are served. */
export const openApiV2 = (): Json => ({
  swagger: '2.0',
  info: INFO,
  paths: Object.fromEntries(OPERATIONS.map((o) => [o.path, pathJson(o, operationV2(o), false)])),
  definitions: Object.fromEntries(definitionsOf(OPERATIONS)),
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
        paths: Object.fromEntries(operations.map((o) => [o.path, pathJson(o, operationV3(o), true)])),
        components: {
          schemas: Object.fromEntries(definitionsOf(operations).map(([n, d]) => [n, definitionV3(n, d)])),
        },
      },
    ]),
  )
}
