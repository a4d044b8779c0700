import { ReverseWriter } from './reverse-writer.ts'

const MAGIC = Buffer.from('k8s\0', 'latin1')

/** What a kind is written under: `apiVersion` may be '' (as in the APIGroupList of /apis). */
export interface TypeMeta {
  readonly apiVersion: string
  readonly kind: string
}

/**
 * What stands before and after the message in Kubernetes' protobuf: four magic bytes and runtime.Unknown, whose
 * contentEncoding and contentType are empty but written (apimachinery, pkg/runtime/serializer/protobuf/protobuf.go).
 * @param bytes of the message that will stand between.
 */
export function protobufEnvelope({ apiVersion, kind }: TypeMeta, bytes: number): { head: Buffer; tail: Buffer } {
  const writer = new ReverseWriter()
  writer.messageHead(2, bytes)
  const end = writer.length
  writer.string(2, kind)
  writer.string(1, apiVersion)
  writer.message(1, end)
  writer.raw(MAGIC)
  const head = writer.bytes()
  writer.reset()
  writer.string(4, '')
  writer.string(3, '')
  return { head, tail: writer.bytes() }
}

/** A message in its envelope. */
export function enveloped(type: TypeMeta, message: Buffer): Buffer {
  const { head, tail } = protobufEnvelope(type, message.length)
  return Buffer.concat([head, message, tail])
}
