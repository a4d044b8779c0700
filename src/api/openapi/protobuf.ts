import { ReverseWriter } from '../encoding/reverse-writer.ts'
import { yamlText } from '../encoding/text.ts'

/** Writes the fields of a message, last to first. */
type Message = (writer: ReverseWriter, value: unknown) => void
/** Writes a field of that number; nothing for a value that is not there. */
type Field = (writer: ReverseWriter, number: number, value: unknown) => void

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const entriesOf = (value: unknown): [string, unknown][] => (value instanceof Object ? Object.entries(value) : [])
const isExtension = (key: string): boolean => key.startsWith('x-')

const text: Field = (writer, number, value) => {
  if (typeof value === 'string' && value !== '') writer.string(number, value)
}

const texts: Field = (writer, number, value) => {
  for (const item of itemsOf(value).toReversed()) writer.string(number, String(item))
}

const flag: Field = (writer, number, value) => {
  if (value === true) writer.number(number, 1)
}

const one =
  (message: Message): Field =>
  (writer, number, value) => {
    if (value === undefined) return
    const end = writer.length
    message(writer, value)
    writer.message(number, end)
  }

const many =
  (message: Message): Field =>
  (writer, number, value) => {
    for (const item of itemsOf(value).toReversed()) one(message)(writer, number, item)
  }

/** A message with this one field, of which the value is the whole value. */
const only =
  (number: number, field: Field): Message =>
  (writer, value) =>
    field(writer, number, value)

/** An object as pairs of name and value. */
const named =
  (message: Message): Field =>
  (writer, number, value) => {
    for (const [name, member] of entriesOf(value).toReversed()) {
      const end = writer.length
      one(message)(writer, 2, member)
      text(writer, 1, name)
      writer.message(number, end)
    }
  }

/** gnostic's Any: the value as YAML. */
const ANY: Message = (writer, value) => writer.string(2, yamlText(value))

/** The members of an object whose names begin with x-. */
const extensions: Field = (writer, number, value) =>
  named(ANY)(writer, number, Object.fromEntries(entriesOf(value).filter(([key]) => isExtension(key))))

/**
 * A message of an object's members in the order of their numbers. A member that no field is for is a mistake of ours: better
 * no document than one that lacks something.
 * @param extended number of the field for the x- members; they come last in every message.
 */
function message(
  fields: readonly (readonly [number: number, name: string, field: Field])[],
  extended?: number,
): Message {
  const known = new Set(fields.map(([, name]) => name))
  return (writer, value) => {
    for (const [key] of entriesOf(value)) {
      if (!known.has(key) && !(extended !== undefined && isExtension(key))) throw new Error(`no field for ${key}`)
    }
    const members = new Map(entriesOf(value))
    if (extended !== undefined) extensions(writer, extended, value)
    for (const [number, name, field] of fields.toReversed()) field(writer, number, members.get(name))
  }
}

const SCHEMA_V2: Message = (writer, value) => SCHEMA_V2_FIELDS(writer, value)
const SCHEMAS_V2 = only(1, named(SCHEMA_V2))
const SCHEMA_V2_FIELDS = message(
  [
    [1, '$ref', text],
    [2, 'format', text],
    [4, 'description', text],
    [19, 'required', texts],
    [21, 'additionalProperties', one(only(1, one(SCHEMA_V2)))],
    [22, 'type', one(only(1, text))],
    [23, 'items', one(only(1, one(SCHEMA_V2)))],
    [25, 'properties', one(SCHEMAS_V2)],
  ],
  31,
)

const QUERY_PARAMETER_V2 = message([
  [1, 'required', flag],
  [2, 'in', text],
  [3, 'description', text],
  [4, 'name', text],
  [6, 'type', text],
  [20, 'uniqueItems', flag],
])

const PATH_PARAMETER_V2 = message([
  [1, 'required', flag],
  [2, 'in', text],
  [3, 'description', text],
  [4, 'name', text],
  [5, 'type', text],
  [19, 'uniqueItems', flag],
])

const isPathParameter = (value: unknown): boolean => value instanceof Object && Reflect.get(value, 'in') === 'path'

const NON_BODY_PARAMETER_V2: Message = (writer, value) => {
  if (isPathParameter(value)) one(PATH_PARAMETER_V2)(writer, 4, value)
  else one(QUERY_PARAMETER_V2)(writer, 3, value)
}

const PARAMETERS_V2 = many(only(1, one(only(2, one(NON_BODY_PARAMETER_V2)))))

const RESPONSE_V2 = message([
  [1, 'description', text],
  [2, 'schema', one(only(1, one(SCHEMA_V2)))],
])

const OPERATION_V2 = message(
  [
    [1, 'tags', texts],
    [3, 'description', text],
    [5, 'operationId', text],
    [6, 'produces', texts],
    [7, 'consumes', texts],
    [9, 'responses', one(only(1, named(only(1, one(RESPONSE_V2)))))],
    [10, 'schemes', texts],
  ],
  13,
)

const PATH_V2 = message([
  [2, 'get', one(OPERATION_V2)],
  [9, 'parameters', PARAMETERS_V2],
])

const DOCUMENT_V2 = message([
  [1, 'swagger', text],
  [
    2,
    'info',
    one(
      message([
        [1, 'title', text],
        [2, 'version', text],
      ]),
    ),
  ],
  [8, 'paths', one(only(2, named(PATH_V2)))],
  [9, 'definitions', one(SCHEMAS_V2)],
])

/** A oneof: what is set is written, zero or not; an object is none of its choices and leaves it unset, as gnostic does. */
const DEFAULT_V3: Message = (writer, value) => {
  if (typeof value === 'number') writer.double(1, value)
  else if (typeof value === 'boolean') writer.number(2, value ? 1 : 0)
  else if (typeof value === 'string') writer.string(3, value)
}

const REFERENCE_V3 = message([[1, '$ref', text]])
const SCHEMA_OR_REFERENCE_V3: Message = (writer, value) => {
  const isReference = value instanceof Object && Reflect.has(value, '$ref')
  if (isReference) one(REFERENCE_V3)(writer, 2, value)
  else one(SCHEMA_V3)(writer, 1, value)
}
const SCHEMAS_V3 = only(1, named(SCHEMA_OR_REFERENCE_V3))

const SCHEMA_V3: Message = message(
  [
    [20, 'uniqueItems', flag],
    [23, 'required', texts],
    [25, 'type', text],
    [26, 'allOf', many(SCHEMA_OR_REFERENCE_V3)],
    [27, 'oneOf', many(SCHEMA_OR_REFERENCE_V3)],
    [30, 'items', one(only(1, one(SCHEMA_OR_REFERENCE_V3)))],
    [31, 'properties', one(SCHEMAS_V3)],
    [32, 'additionalProperties', one(only(1, one(SCHEMA_OR_REFERENCE_V3)))],
    [33, 'default', one(DEFAULT_V3)],
    [34, 'description', text],
    [35, 'format', text],
  ],
  36,
)

const RESPONSE_V3 = message([
  [1, 'description', text],
  [3, 'content', one(only(1, named(message([[1, 'schema', one(SCHEMA_OR_REFERENCE_V3)]]))))],
])

const OPERATION_V3 = message(
  [
    [1, 'tags', texts],
    [3, 'description', text],
    [5, 'operationId', text],
    [8, 'responses', one(only(2, named(only(1, one(RESPONSE_V3)))))],
  ],
  13,
)

const PARAMETER_V3 = message([
  [1, 'name', text],
  [2, 'in', text],
  [3, 'description', text],
  [4, 'required', flag],
  [10, 'schema', one(SCHEMA_OR_REFERENCE_V3)],
])

const PATH_V3 = message([
  [4, 'get', one(OPERATION_V3)],
  [13, 'parameters', many(only(1, one(PARAMETER_V3)))],
])

const DOCUMENT_V3 = message([
  [1, 'openapi', text],
  [
    2,
    'info',
    one(
      message([
        [1, 'title', text],
        [6, 'version', text],
      ]),
    ),
  ],
  [4, 'paths', one(only(1, named(PATH_V3)))],
  [5, 'components', one(message([[1, 'schemas', one(SCHEMAS_V3)]]))],
])

function encode(document: Message, content: unknown): Buffer {
  const writer = new ReverseWriter()
  document(writer, content)
  return writer.bytes()
}

/** An OpenAPI v2 document as a message of gnostic (gnostic-models, openapiv2/OpenAPIv2.proto). */
export const protobufV2 = (content: unknown): Buffer => encode(DOCUMENT_V2, content)

/** An OpenAPI v3 document as a message of gnostic (gnostic-models, openapiv3/OpenAPIv3.proto). */
export const protobufV3 = (content: unknown): Buffer => encode(DOCUMENT_V3, content)
