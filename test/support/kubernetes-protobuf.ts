import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs'

const file = new URL('../fixtures/api/kubernetes.proto', import.meta.url)

/** Kubernetes protobuf, read by protobufjs. `canonical` is what protobufjs writes of what it has read. */
export interface DecodedProtobuf {
  readonly apiVersion: string
  readonly kind: string
  readonly object: Record<string, unknown>
  readonly raw: Buffer
}

export function createProtobufReader(): (bytes: Buffer) => DecodedProtobuf {
  const { root } = protobuf.parse(readFileSync(file, 'utf8'), { keepCase: true })
  const unknown = root.lookupType('kubernetes.Unknown')
  const plain = { longs: Number, bytes: Buffer }
  return (bytes) => {
    if (bytes.subarray(0, 4).toString('latin1') !== 'k8s\0') throw new Error('no magic')
    const envelope = unknown.toObject(unknown.decode(bytes.subarray(4)), plain)
    const { apiVersion, kind } = envelope.typeMeta
    const type = root.lookupType(`kubernetes.${kind}`)
    const raw = Buffer.from(envelope.raw)
    return { apiVersion, kind, object: type.toObject(type.decode(raw), plain), raw }
  }
}
