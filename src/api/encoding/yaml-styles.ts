import { isPrintable } from './yaml-analysis.ts'
import { type Indicator, put, putBreak, putIndent, putIndicator, type YamlOutput } from './yaml-output.ts'

/** Lines are folded at the first single space beyond this column. */
const BEST_WIDTH = 80
const OPENING_QUOTE: Indicator = { spaced: true, whitespace: false, indention: false }
const CLOSING_QUOTE: Indicator = { spaced: false, whitespace: false, indention: false }

const ESCAPES = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

function escapeSequence(character: string): string {
  const short = ESCAPES.get(character)
  if (short !== undefined) return `\\${short}`
  const code = character.codePointAt(0) ?? 0
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8]
  return `\\${letter}${code.toString(16).toUpperCase().padStart(Number(digits), '0')}`
}

/** What the writers of all styles need to know. */
export interface ScalarPlace {
  readonly out: YamlOutput
  /** Where folded lines continue. */
  readonly indent: number
  /** Lines may be folded: not in a simple key. */
  readonly folds: boolean
}

/** Bare text, folded at single spaces. */
export function writePlain({ out, indent, folds }: ScalarPlace, characters: readonly string[]): void {
  if (!out.whitespace) put(out, ' ')
  characters.forEach((character, i) => {
    const lone = character === ' ' && characters[i - 1] !== ' ' && characters[i + 1] !== ' '
    if (folds && lone && out.column > BEST_WIDTH) putIndent(out, indent)
    else put(out, character, 1)
    if (character !== ' ') out.indention = false
  })
  out.whitespace = false
  out.indention = false
}

/** Single quotes, which are doubled inside; folded at single spaces. */
export function writeSingle({ out, indent, folds }: ScalarPlace, characters: readonly string[]): void {
  putIndicator(out, "'", OPENING_QUOTE)
  characters.forEach((character, i) => {
    const inside = i > 0 && i < characters.length - 1
    const lone = character === ' ' && characters[i - 1] !== ' ' && characters[i + 1] !== ' '
    if (folds && lone && inside && out.column > BEST_WIDTH) putIndent(out, indent)
    else put(out, character === "'" ? "''" : character)
    if (character !== ' ') out.indention = false
  })
  putIndicator(out, "'", CLOSING_QUOTE)
}

/** Double quotes, with escapes for all that cannot stand as it is; folded at spaces. */
export function writeDouble({ out, indent, folds }: ScalarPlace, characters: readonly string[]): void {
  putIndicator(out, '"', OPENING_QUOTE)
  let afterSpace = false
  characters.forEach((character, i) => {
    if (character === ' ') {
      const inside = i > 0 && i < characters.length - 1
      if (folds && inside && !afterSpace && out.column > BEST_WIDTH) {
        putIndent(out, indent)
        if (characters[i + 1] === ' ') put(out, '\\')
      } else put(out, ' ')
      afterSpace = true
      return
    }
    afterSpace = false
    const bare = isPrintable(character) && character !== '\n' && character !== '"' && character !== '\\'
    if (bare) put(out, character, 1)
    else put(out, escapeSequence(character))
  })
  putIndicator(out, '"', CLOSING_QUOTE)
}

function blockHints(characters: readonly string[]): string {
  const indentation = characters[0] === ' ' || characters[0] === '\n' ? '2' : ''
  if (characters.at(-1) !== '\n') return `${indentation}-`
  return characters.length === 1 || characters.at(-2) === '\n' ? `${indentation}+` : indentation
}

/** A block of lines after `|`, with hints on what its start and end are. Never folded. */
export function writeLiteral({ out, indent }: ScalarPlace, characters: readonly string[]): void {
  putIndicator(out, '|', OPENING_QUOTE)
  put(out, blockHints(characters))
  putBreak(out)
  out.indention = true
  out.whitespace = true
  let afterBreak = true
  for (const character of characters) {
    const isBreak = character === '\n'
    if (isBreak) putBreak(out)
    else {
      if (afterBreak) putIndent(out, indent)
      put(out, character, 1)
    }
    out.indention = isBreak
    afterBreak = isBreak
  }
}
