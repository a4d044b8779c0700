import { putIndent, putIndicator, type YamlOutput, yamlOutput } from './yaml-output.ts'
import { isSimpleKey, writeString } from './yaml-scalar.ts'

const STEP = 2
const BLOCK = { spaced: true, whitespace: false, indention: true }

const isLetter = (character: string): boolean => /\p{L}/u.test(character)
const isDigit = (character: string): boolean => /\p{Nd}/u.test(character)

/** The number that the digits from `from` on make, and where they end. */
function numberAt(characters: readonly string[], from: number, start: number): { value: number; end: number } {
  let [value, end] = [start, from]
  for (let digit = characters[end]; digit !== undefined && isDigit(digit); digit = characters[++end]) {
    value = value * 10 + (digit.codePointAt(0) ?? 0) - 0x30
  }
  return { value, end }
}

/** Whether leading zeros count, because another digit than 0 stands before them. */
function followsNumber(characters: readonly string[], from: number): boolean {
  for (let i = from - 1; i >= 0; i--) {
    const character = characters[i] ?? ''
    if (!isDigit(character)) return false
    if (character !== '0') return true
  }
  return false
}

/** Less than 0 when `left` comes first: letters after all else, runs of digits by their value (goyaml.v2/sorter.go). */
function compareKeys(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [a = '', b = ''] = [left[i], right[i]]
    if (a === b) continue
    if (isLetter(a) && isLetter(b)) return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)
    if (isLetter(a)) return 1
    if (isLetter(b)) return -1
    const start = (a === '0' || b === '0') && followsNumber(left, i) ? 1 : 0
    const [an, bn] = [numberAt(left, i, start), numberAt(right, i, start)]
    if (an.value !== bn.value) return an.value - bn.value
    if (an.end !== bn.end) return an.end - bn.end
    return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)
  }
  return left.length - right.length
}

function sortedKeys(value: object): string[] {
  const keys = Object.keys(value).map((key) => ({ key, characters: [...key] }))
  return keys.sort((a, b) => compareKeys(a.characters, b.characters)).map(({ key }) => key)
}

function writeMapping(out: YamlOutput, value: object, indent: number): void {
  for (const key of sortedKeys(value)) {
    putIndent(out, indent)
    const simple = isSimpleKey(key)
    if (!simple) putIndicator(out, '?', BLOCK)
    writeString(out, key, indent + STEP, simple)
    if (simple) putIndicator(out, ':', { spaced: false, whitespace: false, indention: false })
    else {
      putIndent(out, indent)
      putIndicator(out, ':', BLOCK)
    }
    writeNode(out, Reflect.get(value, key), indent, simple)
  }
}

function writeSequence(out: YamlOutput, items: readonly unknown[], indent: number): void {
  for (const item of items) {
    putIndent(out, indent)
    putIndicator(out, '-', BLOCK)
    writeNode(out, item, indent, false)
  }
}

function writeBare(out: YamlOutput, text: string): void {
  putIndicator(out, text, { spaced: true, whitespace: false, indention: false })
}

/** `indentless`: a sequence stands in the column of the key that it belongs to. */
function writeNode(out: YamlOutput, value: unknown, indent: number, indentless: boolean): void {
  if (typeof value === 'string') writeString(out, value, indent + STEP, false)
  else if (typeof value !== 'object' || value === null) writeBare(out, String(value))
  else if (Array.isArray(value)) {
    if (value.length === 0) writeBare(out, '[]')
    else writeSequence(out, value, indentless ? indent : indent + STEP)
  } else if (Object.keys(value).length === 0) writeBare(out, '{}')
  else writeMapping(out, value, indent + STEP)
}

/** JSON's values as the YAML that sigs.k8s.io/yaml v1.4 makes of them: sorted keys, its quoting, its folded lines. */
export function yamlText(value: unknown): string {
  const out = yamlOutput()
  writeNode(out, value, -STEP, false)
  putIndent(out, 0)
  return out.parts.join('')
}
