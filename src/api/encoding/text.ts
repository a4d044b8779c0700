import type { Encoded, Media } from '../media.ts'
import { indentJson } from './json-text.ts'
import { yamlText } from './yaml.ts'

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/**
 * Compact JSON in the text format that was negotiated. Indented JSON has no newline at its end, compact JSON has one, and
 * YAML is made from the JSON, as in apimachinery's serializer (pkg/runtime/serializer/json/json.go).
 * @param compact JSON with a newline at its end.
 */
export function encodeText(compact: Buffer, media: Media): Encoded {
  if (media.format === 'yaml') {
    return { contentType: 'application/yaml', body: Buffer.from(yamlText(JSON.parse(compact.toString()))) }
  }
  return { contentType: 'application/json', body: media.pretty ? indentJson(compact) : compact }
}
