import { ReverseWriter } from './reverse-writer.ts'

/** Writes the fields of a message, last to first, from a value in the form of its JSON. */
export type Message = (writer: ReverseWriter, value: unknown) => void
/** Writes a field of that number. */
export type Field = (writer: ReverseWriter, number: number, value: unknown) => void
/** The fields of a message in the order of their numbers. Names are those of the JSON. */
export type Fields = readonly (readonly [number: number, name: string, field: Field])[]

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const memberOf = (value: unknown, name: string): unknown =>
  value instanceof Object && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const strings: Field = (writer, number, value) => {
  for (const item of itemsOf(value).toReversed()) writer.string(number, textOf(item))
}

/** A message that is written whether there is a value or not. */
export const always =
  (message: Message): Field =>
  (writer, number, value) => {
    const end = writer.length
    message(writer, value)
    writer.message(number, end)
  }

/** A message that is written when there is a value. */
export const optional =
  (message: Message): Field =>
  (writer, number, value) => {
    if (value !== undefined) always(message)(writer, number, value)
  }

export const many =
  (message: Message): Field =>
  (writer, number, value) => {
    for (const item of itemsOf(value).toReversed()) always(message)(writer, number, item)
  }

/** A message with this one field, of which the value is the whole value. */
export const only =
  (number: number, field: Field): Message =>
  (writer, value) =>
    field(writer, number, value)

/** A message of the members of an object. */
export const members =
  (fields: Fields): Message =>
  (writer, value) => {
    for (const [number, name, field] of fields.toReversed()) field(writer, number, memberOf(value, name))
  }

/** A message that is not part of another one. */
export function encodeMessage(message: Message, value: unknown): Buffer {
  const writer = new ReverseWriter()
  message(writer, value)
  return writer.bytes()
}
