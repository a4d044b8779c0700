import type { ReverseWriter } from './reverse-writer.ts'

/**
 * How a field of a Kubernetes message is written. gogo-generated code writes `string`, `number`, `flag` and `one` always,
 * `optional` (a pointer in Go) when it is there, `strings` and `many` as often as there are items.
 */
export type FieldRule =
  | { readonly as: 'string' | 'strings' | 'number' | 'flag' }
  | { readonly as: 'one' | 'optional' | 'many'; readonly message: MessageShape }
  /** A Go slice that is a message of its own: the strings are its field 1 (`Verbs`). */
  | { readonly as: 'wrapped' }

/** The fields of a message in the order of their numbers. Names are those of the JSON. */
export type MessageShape = readonly (readonly [field: number, name: string, rule: FieldRule])[]

export const STRING: FieldRule = { as: 'string' }
export const STRINGS: FieldRule = { as: 'strings' }
export const NUMBER: FieldRule = { as: 'number' }
export const FLAG: FieldRule = { as: 'flag' }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const memberOf = (value: unknown, name: string): unknown => (isObject(value) ? Reflect.get(value, name) : undefined)

function writeStrings(writer: ReverseWriter, field: number, value: unknown): void {
  for (const item of itemsOf(value).toReversed()) writer.string(field, textOf(item))
}

function writeNested(writer: ReverseWriter, field: number, message: MessageShape, value: unknown): void {
  const end = writer.length
  writeMessage(writer, message, value)
  writer.message(field, end)
}

function writeWrapped(writer: ReverseWriter, field: number, value: unknown): void {
  if (!Array.isArray(value)) return
  const end = writer.length
  writeStrings(writer, 1, value)
  writer.message(field, end)
}

function writeField(writer: ReverseWriter, field: number, rule: FieldRule, value: unknown): void {
  switch (rule.as) {
    case 'string':
      writer.string(field, textOf(value))
      break
    case 'strings':
      writeStrings(writer, field, value)
      break
    case 'number':
      writer.number(field, typeof value === 'number' ? value : 0)
      break
    case 'flag':
      writer.number(field, value === true ? 1 : 0)
      break
    case 'wrapped':
      writeWrapped(writer, field, value)
      break
    case 'one':
      writeNested(writer, field, rule.message, value)
      break
    case 'optional':
      if (isObject(value)) writeNested(writer, field, rule.message, value)
      break
    case 'many':
      for (const item of itemsOf(value).toReversed()) writeNested(writer, field, rule.message, item)
  }
}

/** Writes the fields of `value`, an object in the form of its JSON, as `shape` tells. */
export function writeMessage(writer: ReverseWriter, shape: MessageShape, value: unknown): void {
  for (const [field, name, rule] of shape.toReversed()) writeField(writer, field, rule, memberOf(value, name))
}
