import { writeListMeta } from './metadata.ts'
import { protobufEnvelope, type TypeMeta } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'

const COMMA = 0x2c
/** Tag of field 2, a message: `items` of every list. */
const ITEMS_TAG = 0x12

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}

function putVarint(out: Buffer, from: number, value: number): number {
  let [at, rest] = [from, value]
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[at++] = rest
  return at
}

/** A list of objects as compact JSON with Go's newline at the end: one allocation, one copy of each part. */
export function joinJsonList({ kind, apiVersion }: TypeMeta, parts: readonly Buffer[]): Buffer {
  const head = Buffer.from(`{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{},"items":[`)
  const tail = Buffer.from(']}\n')
  let bytes = head.length + tail.length + Math.max(parts.length - 1, 0)
  for (const part of parts) bytes += part.length
  const out = Buffer.allocUnsafeSlow(bytes)
  out.set(head)
  let at = head.length
  for (const part of parts) {
    if (at > head.length) out[at++] = COMMA
    out.set(part, at)
    at += part.length
  }
  out.set(tail, at)
  return out
}

/** A list of objects as Kubernetes' protobuf: one allocation, one copy of each part. */
export function joinProtobufList(type: TypeMeta, parts: readonly Buffer[]): Buffer {
  const writer = new ReverseWriter()
  writeListMeta(writer, 1)
  const listMeta = writer.bytes()
  let bytes = listMeta.length
  for (const part of parts) bytes += 1 + varintBytes(part.length) + part.length
  const { head, tail } = protobufEnvelope(type, bytes)
  const out = Buffer.allocUnsafeSlow(head.length + bytes + tail.length)
  out.set(head)
  out.set(listMeta, head.length)
  let at = head.length + listMeta.length
  for (const part of parts) {
    out[at] = ITEMS_TAG
    at = putVarint(out, at + 1, part.length)
    out.set(part, at)
    at += part.length
  }
  out.set(tail, at)
  return out
}
