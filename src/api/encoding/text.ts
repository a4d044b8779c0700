import {
  DEFAULT_SCALAR_STYLE_RULES,
  type DumpOptions,
  dump,
  type Node,
  SCALAR_STYLE,
  type ScalarLayout,
  strTag,
  visit,
} from 'js-yaml'
import type { Encoded, Media } from '../media.ts'
import { indentJson } from './json-text.ts'

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** What Go's yaml.v2 could take for a number or a time, though js-yaml would not. */
const LIKE_A_NUMBER = /^[-+]?(?:0[xXoObB][\da-fA-F_+-]*|[.\d][\d_.,:eE+ TtZ-]*)$/

function quoteNumbers(layout: ScalarLayout): void {
  const { tag } = layout.node
  if (tag === strTag.tagName && layout.style === SCALAR_STYLE.PLAIN && LIKE_A_NUMBER.test(layout.node.value)) {
    layout.style = SCALAR_STYLE.DOUBLE_QUOTED
  }
}

const keyOf = ({ key }: { readonly key: Node }): string => (key.kind === 'scalar' ? key.value : '')

function sortKeys(node: Node): void {
  if (node.kind === 'mapping') node.items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const YAML: DumpOptions = {
  ...{ noRefs: true, lineWidth: -1, seqNoIndent: true, quoteStyle: 'double' },
  scalarStyleRules: [quoteNumbers, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)],
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
