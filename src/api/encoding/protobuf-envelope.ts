import { ReverseWriter } from './reverse-writer.ts'

const MAGIC = Buffer.from('k8s\0', 'latin1')

/** What a kind is written under: `apiVersion` may be '' (as in the APIGroupList of /apis). */
export interface TypeMeta {
  readonly apiVersion: string
  readonly kind: string
}

/** What stands after the message: contentEncoding and contentType (fields 3 and 4), which are empty but written. */
export const ENVELOPE_TAIL: Buffer = Buffer.from([0x1a, 0, 0x22, 0])

/**
 * What stands before the message in Kubernetes' protobuf: four magic bytes and the start of runtime.Unknown (apimachinery,
 * pkg/runtime/serializer/protobuf/protobuf.go).
 * @param bytes of the message.
 */
export function writeEnvelopeHead(writer: ReverseWriter, { apiVersion, kind }: TypeMeta, bytes: number): void {
  writer.messageHead(2, bytes)
  const end = writer.length
  writer.string(2, kind)
  writer.string(1, apiVersion)
  writer.message(1, end)
  writer.raw(MAGIC)
}

/** A message in its envelope. */
export function enveloped(type: TypeMeta, message: Buffer): Buffer {
  const writer = new ReverseWriter(256)
  writeEnvelopeHead(writer, type, message.length)
  return Buffer.concat([writer.bytes(), message, ENVELOPE_TAIL])
}
