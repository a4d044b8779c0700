import { load } from 'js-yaml'
import protobuf from 'protobufjs'
import type { JsonMap } from './patches.ts'

/** The part of Kubernetes' protobuf in which helm writes its releases. */
const { root } = protobuf.parse(`
  syntax = "proto2";
  message Unknown { optional bytes raw = 2; }
  message Metadata { optional string name = 1; optional string namespace = 3; map<string, string> labels = 11; }
  message Secret { optional Metadata metadata = 1; map<string, bytes> data = 2; optional string type = 3; }
`)
const unknown = root.lookupType('Unknown')
const secret = root.lookupType('Secret')

/** An object as a client sends it: JSON, YAML, or a Secret in protobuf. */
export function objectOf(body: Buffer): JsonMap {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') return load(body.toString()) as JsonMap
  const { raw } = unknown.decode(body.subarray(4)) as unknown as { raw: Uint8Array }
  const object = secret.toObject(secret.decode(raw), { bytes: String }) as JsonMap
  return { apiVersion: 'v1', kind: 'Secret', ...object }
}
