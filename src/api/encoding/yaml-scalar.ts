import { allowedStyles } from './yaml-analysis.ts'
import { put, type YamlOutput } from './yaml-output.ts'
import { looksLikeNoString } from './yaml-resolve.ts'
import { type ScalarPlace, writeDouble, writeLiteral, writePlain, writeSingle } from './yaml-styles.ts'

const SIMPLE = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/
const SIMPLE_QUOTED = /^[A-Za-z0-9_][A-Za-z0-9_.:/+-]*$/

function writeSimple(out: YamlOutput, text: string): void {
  if (!out.whitespace) put(out, ' ')
  put(out, text)
  out.whitespace = false
  out.indention = false
}

/** Whether a mapping key needs no `? ` before it. */
export function isSimpleKey(key: string): boolean {
  return Buffer.byteLength(key) <= 128 && !key.includes('\n')
}

function writeStyled(place: ScalarPlace, text: string, quoted: boolean): void {
  const characters = [...text.toWellFormed()]
  const allowed = allowedStyles(characters)
  if (text.includes('\n')) {
    if (allowed.block && place.folds) writeLiteral(place, characters)
    else writeDouble(place, characters)
  } else if (!quoted && allowed.plain) writePlain(place, characters)
  else if (!quoted && allowed.single) writeSingle(place, characters)
  else writeDouble(place, characters)
}

/**
 * Writes a string in the style that sigs.k8s.io/yaml chooses for it: bare where that reads back as the same string, else
 * in double quotes, or single ones where only the syntax is in the way; a literal block when there are line breaks.
 * @param simpleKey a key on the line of its value: it is never folded.
 */
export function writeString(out: YamlOutput, text: string, indent: number, simpleKey: boolean): void {
  const quoted = looksLikeNoString(text)
  if (!quoted && SIMPLE.test(text)) writeSimple(out, text)
  else if (quoted && SIMPLE_QUOTED.test(text)) writeSimple(out, `"${text}"`)
  else writeStyled({ out, indent, folds: !simpleKey }, text, quoted)
}
