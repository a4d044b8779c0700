import {
  encodeMessage,
  type Field,
  type Fields,
  type Message,
  many,
  members,
  only,
  optional,
  strings,
} from '../encoding/message-fields.ts'
import { yamlText } from '../encoding/text.ts'

const entriesOf = (value: unknown): [string, unknown][] => (value instanceof Object ? Object.entries(value) : [])
const isExtension = (key: string): boolean => key.startsWith('x-')

const text: Field = (writer, number, value) => {
  if (typeof value === 'string' && value !== '') writer.string(number, value)
}

const flag: Field = (writer, number, value) => {
  if (value === true) writer.number(number, 1)
}

/** An object as pairs of name and value. */
const named =
  (message: Message): Field =>
  (writer, number, value) => {
    for (const [name, member] of entriesOf(value).toReversed()) {
      const end = writer.length
      optional(message)(writer, 2, member)
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
function message(fields: Fields, extended?: number): Message {
  const known = new Set(fields.map(([, name]) => name))
  const write = members(fields)
  return (writer, value) => {
    for (const [key] of entriesOf(value)) {
      if (!known.has(key) && !(extended !== undefined && isExtension(key))) throw new Error(`no field for ${key}`)
    }
    if (extended !== undefined) extensions(writer, extended, value)
    write(writer, value)
  }
}

const SCHEMA_V2: Message = (writer, value) => SCHEMA_V2_FIELDS(writer, value)
const SCHEMAS_V2 = only(1, named(SCHEMA_V2))
const SCHEMA_V2_FIELDS = message(
  [
    [1, '$ref', text],
    [2, 'format', text],
    [4, 'description', text],
    [19, 'required', strings],
    [21, 'additionalProperties', optional(only(1, optional(SCHEMA_V2)))],
    [22, 'type', optional(only(1, text))],
    [23, 'items', optional(only(1, optional(SCHEMA_V2)))],
    [25, 'properties', optional(SCHEMAS_V2)],
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
  if (isPathParameter(value)) optional(PATH_PARAMETER_V2)(writer, 4, value)
  else optional(QUERY_PARAMETER_V2)(writer, 3, value)
}

const PARAMETERS_V2 = many(only(1, optional(only(2, optional(NON_BODY_PARAMETER_V2)))))

const RESPONSE_V2 = message([
  [1, 'description', text],
  [2, 'schema', optional(only(1, optional(SCHEMA_V2)))],
])

const OPERATION_V2 = message(
  [
    [1, 'tags', strings],
    [3, 'description', text],
    [5, 'operationId', text],
    [6, 'produces', strings],
    [7, 'consumes', strings],
    [9, 'responses', optional(only(1, named(only(1, optional(RESPONSE_V2)))))],
    [10, 'schemes', strings],
  ],
  13,
)

const PATH_V2 = message([
  [2, 'get', optional(OPERATION_V2)],
  [9, 'parameters', PARAMETERS_V2],
])

const DOCUMENT_V2 = message([
  [1, 'swagger', text],
  [
    2,
    'info',
    optional(
      message([
        [1, 'title', text],
        [2, 'version', text],
      ]),
    ),
  ],
  [8, 'paths', optional(only(2, named(PATH_V2)))],
  [9, 'definitions', optional(SCHEMAS_V2)],
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
  if (isReference) optional(REFERENCE_V3)(writer, 2, value)
  else optional(SCHEMA_V3)(writer, 1, value)
}
const SCHEMAS_V3 = only(1, named(SCHEMA_OR_REFERENCE_V3))

const SCHEMA_V3: Message = message(
  [
    [20, 'uniqueItems', flag],
    [23, 'required', strings],
    [25, 'type', text],
    [26, 'allOf', many(SCHEMA_OR_REFERENCE_V3)],
    [27, 'oneOf', many(SCHEMA_OR_REFERENCE_V3)],
    [30, 'items', optional(only(1, optional(SCHEMA_OR_REFERENCE_V3)))],
    [31, 'properties', optional(SCHEMAS_V3)],
    [32, 'additionalProperties', optional(only(1, optional(SCHEMA_OR_REFERENCE_V3)))],
    [33, 'default', optional(DEFAULT_V3)],
    [34, 'description', text],
    [35, 'format', text],
  ],
  36,
)

const RESPONSE_V3 = message([
  [1, 'description', text],
  [3, 'content', optional(only(1, named(message([[1, 'schema', optional(SCHEMA_OR_REFERENCE_V3)]]))))],
])

const OPERATION_V3 = message(
  [
    [1, 'tags', strings],
    [3, 'description', text],
    [5, 'operationId', text],
    [8, 'responses', optional(only(2, named(only(1, optional(RESPONSE_V3)))))],
  ],
  13,
)

const PARAMETER_V3 = message([
  [1, 'name', text],
  [2, 'in', text],
  [3, 'description', text],
  [4, 'required', flag],
  [10, 'schema', optional(SCHEMA_OR_REFERENCE_V3)],
])

const PATH_V3 = message([
  [4, 'get', optional(OPERATION_V3)],
  [13, 'parameters', many(only(1, optional(PARAMETER_V3)))],
])

const DOCUMENT_V3 = message([
  [1, 'openapi', text],
  [
    2,
    'info',
    optional(
      message([
        [1, 'title', text],
        [6, 'version', text],
      ]),
    ),
  ],
  [4, 'paths', optional(only(1, named(PATH_V3)))],
  [5, 'components', optional(message([[1, 'schemas', optional(SCHEMAS_V3)]]))],
])

/** An OpenAPI v2 document as a message of gnostic (gnostic-models, openapiv2/OpenAPIv2.proto). */
export const protobufV2 = (content: unknown): Buffer => encodeMessage(DOCUMENT_V2, content)

/** An OpenAPI v3 document as a message of gnostic (gnostic-models, openapiv3/OpenAPIv3.proto). */
export const protobufV3 = (content: unknown): Buffer => encodeMessage(DOCUMENT_V3, content)
