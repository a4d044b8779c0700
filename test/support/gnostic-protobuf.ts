import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import protobuf from 'protobufjs'

type Fields = Readonly<Record<string, unknown>>

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])
const camelCase = (name: string) => name.replaceAll(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function memberOf(field: protobuf.Field, value: unknown): unknown {
  const read = (one: unknown) => (field.resolvedType instanceof protobuf.Type ? jsonOf(field.resolvedType, one) : one)
  return field.repeated ? itemsOf(value).map(read) : read(value)
}

/** An object of gnostic's in the form of the JSON that it was made of. */
function jsonOf(type: protobuf.Type, value: unknown): unknown {
  const fields = value as Fields
  const present = type.fieldsArray.filter(({ name }) => fields[name] !== undefined)
  const [first] = present
  if (type.name === 'Any') return load(String(fields.yaml))
  if (type.name === 'TypeItem' || type.name === 'ItemsItem') {
    return first === undefined ? undefined : itemsOf(memberOf(first, fields[first.name]))[0]
  }
  // A choice is what was chosen; without one it stands for an empty object (DefaultType).
  if (type.oneofsArray.length > 0) return first === undefined ? {} : memberOf(first, fields[first.name])
  const entries = present.flatMap((field): [string, unknown][] => {
    const member = memberOf(field, fields[field.name])
    if (!(field.resolvedType instanceof protobuf.Type) || !field.resolvedType.name.startsWith('Named')) {
      return [[field.name === '_ref' ? '$ref' : camelCase(field.name), member]]
    }
    return itemsOf(member).map((pair) => [String((pair as Fields).name), (pair as Fields).value])
  })
  return Object.fromEntries(entries)
}

/** Reads OpenAPI in gnostic's protobuf; the JSON that it says is the result. A field that is not in the .proto is an error. */
export function createGnosticReader(version: 'v2' | 'v3'): (bytes: Buffer) => unknown {
  const file = new URL(`../fixtures/api/openapi-${version}.proto`, import.meta.url)
  const { root } = protobuf.parse(readFileSync(file, 'utf8'), { keepCase: true })
  root.resolveAll()
  const document = root.lookupType(`openapi.${version}.Document`)
  return (bytes) => {
    const message = document.decode(bytes)
    if (!Buffer.from(document.encode(message).finish()).equals(bytes))
      throw new Error('not canonical, or unknown fields')
    return jsonOf(document, document.toObject(message))
  }
}
