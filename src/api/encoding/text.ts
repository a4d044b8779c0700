import {
  DEFAULT_SCALAR_STYLE_RULES,
  dump,
  type DumpOptions,
  type Node,
  SCALAR_STYLE,
  type ScalarLayout,
  strTag,
  visit,
} from 'js-yaml'
import type { Encoded } from '../answer.ts'
import type { Media } from '../negotiation/media-type.ts'

const SAFE = /^[ !#-%'-;=?-[\]-~]*$/
const HTML_UNSAFE = /[<>&\u2028\u2029]/g

const escapeHtml = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/**
 * A string as Go's encoding/json writes it: like JSON.stringify, but `<`, `>`, `&`, U+2028 and U+2029 are escaped too, and a
 * lone surrogate is U+FFFD.
 */
export function jsonString(text: string): string {
  if (SAFE.test(text)) return `"${text}"`
  return JSON.stringify(text.toWellFormed()).replace(HTML_UNSAFE, escapeHtml)
}

/** A value as compact JSON, as Go writes it. The order of keys is kept. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? item.toWellFormed() : item,
  ).replace(HTML_UNSAFE, escapeHtml)
}

const [QUOTE, BACKSLASH, COMMA, COLON, SPACE, NEWLINE] = [0x22, 0x5c, 0x2c, 0x3a, 0x20, 0x0a]
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])

/** The position after the string that starts at `from`. */
function stringEnd(json: Buffer, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/**
 * Compact JSON spread over lines with two spaces of indentation, byte for byte as Go's json.MarshalIndent does, without a
 * newline at its end. Works on the bytes, because JSON.parse would reorder keys that look like numbers.
 */
export function indentJson(compact: Buffer): Buffer {
  const json = compact.at(-1) === NEWLINE ? compact.subarray(0, -1) : compact
  let out = Buffer.allocUnsafe(json.length * 2 + 64)
  let length = 0
  let depth = 0
  const room = (bytes: number): void => {
    if (length + bytes <= out.length) return
    const larger = Buffer.allocUnsafe((length + bytes) * 2)
    out.copy(larger, 0, 0, length)
    out = larger
  }
  const line = (): void => {
    room(1 + 2 * depth)
    out[length++] = NEWLINE
    out.fill(SPACE, length, length + 2 * depth)
    length += 2 * depth
  }
  for (let at = 0; at < json.length; ) {
    const byte = json[at] ?? 0
    if (byte === QUOTE) {
      const end = stringEnd(json, at)
      room(end - at)
      length += json.copy(out, length, at, end)
      at = end
      continue
    }
    room(2)
    if (CLOSING.has(byte)) {
      depth--
      line()
      room(1)
    }
    out[length++] = byte
    at++
    if (byte === COMMA) line()
    else if (byte === COLON) out[length++] = SPACE
    else if (OPENING.has(byte)) {
      if (CLOSING.has(json[at] ?? 0)) out[length++] = json[at++] ?? 0
      else {
        depth++
        line()
      }
    }
  }
  return out.subarray(0, length)
}

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** What Go's yaml.v2 could take for a number or a time, though js-yaml would not. */
const LIKE_A_NUMBER = /^[-+]?(?:0[xXoObB][\da-fA-F_+-]*|[.\d][\d_.,:eE+ TtZ-]*)$/

/** At the beginning of a line these begin or end a document; js-yaml leaves them bare in keys. */
const LIKE_A_DOCUMENT = /^(?:---|\.\.\.)(?:\s|$)/

function quoteAmbiguous(layout: ScalarLayout): void {
  const { tag, value } = layout.node
  if (tag !== strTag.tagName || layout.style !== SCALAR_STYLE.PLAIN) return
  if (LIKE_A_NUMBER.test(value) || LIKE_A_DOCUMENT.test(value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED
}

const keyOf = ({ key }: { readonly key: Node }): string => (key.kind === 'scalar' ? key.value : '')

function sortKeys(node: Node): void {
  if (node.kind === 'mapping') node.items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const YAML: DumpOptions = {
  ...{ noRefs: true, lineWidth: -1, seqNoIndent: true, quoteStyle: 'double' },
  scalarStyleRules: [quoteAmbiguous, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)],
  transform: (documents) => visit(documents, sortKeys),
}

/**
 * JSON's values as YAML that readers of YAML 1.1 (Go's) and 1.2 understand alike: keys sorted and sequences not indented, as
 * sigs.k8s.io/yaml does.
 */
export const yamlText = (value: unknown): string => dump(value, YAML)

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
