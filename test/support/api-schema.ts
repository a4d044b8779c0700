import * as models from '@kubernetes/client-node'

interface Attribute {
  readonly baseName: string
  readonly type: string
}
type Model = { getAttributeTypeMap(): Attribute[] }

const modelNamed = (name: string): Model | undefined => (models as unknown as Record<string, Model>)[name]

const PRIMITIVES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  IntOrString: (value) => typeof value === 'string' || typeof value === 'number',
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What in `value` does not fit the type `type` of the Kubernetes API: unknown fields and values of another type, each
 * with its path. The types are those that the client library was generated with from the published OpenAPI document.
 * @param type the name of a model ("V1Deployment"), "Array<…>", "{ [key: string]: …; }" or a primitive.
 */
export function schemaProblems(type: string, value: unknown, path: string): string[] {
  const element = /^Array<(.*)>$/.exec(type)?.[1]
  if (element !== undefined) {
    if (!Array.isArray(value)) return [`${path}: not a list`]
    return value.flatMap((item, at) => schemaProblems(element, item, `${path}[${at}]`))
  }
  const entry = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (entry !== undefined) {
    if (!isObject(value)) return [`${path}: not a map`]
    return Object.entries(value).flatMap(([key, item]) => schemaProblems(entry, item, `${path}.${key}`))
  }
  const primitive = PRIMITIVES[type]
  if (primitive !== undefined) return primitive(value) ? [] : [`${path}: not a ${type}`]
  const model = modelNamed(type)
  if (model === undefined) return [`${path}: no type ${type}`]
  if (!isObject(value)) return [`${path}: not an object`]
  const attributes = new Map(model.getAttributeTypeMap().map((a) => [a.baseName, a.type]))
  return Object.entries(value).flatMap(([key, item]) => {
    const known = attributes.get(key)
    return known === undefined ? [`${path}.${key}: no such field`] : schemaProblems(known, item, `${path}.${key}`)
  })
}
