export type LabelTokenKind =
  | 'end'
  | 'identifier'
  | 'in'
  | 'notin'
  | '('
  | ')'
  | ','
  | '!'
  | '='
  | '=='
  | '!='
  | '>'
  | '<'

export interface LabelToken {
  readonly kind: LabelTokenKind
  readonly text: string
}

const WHITESPACE = new Set([' ', '\t', '\r', '\n'])
const SYMBOLS = new Map<string, LabelTokenKind>([
  ['(', '('],
  [')', ')'],
  [',', ','],
  ['!', '!'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', '>'],
  ['<', '<'],
])
const NUL = '\0'

function identifierEnd(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === NUL || WHITESPACE.has(character) || SYMBOLS.has(character)) break
    at++
  }
  return at
}

const pastNul = (text: string, at: number): number => (text.charAt(at) === NUL ? at + 1 : at)

/**
 * Cuts a label selector into tokens, the last of which is `end` (apimachinery, pkg/labels/selector.go, Lexer). As there,
 * NUL in the place of a token ends the selector, and NUL right after a token is swallowed. Takes linear time.
 */
export function labelTokens(text: string): LabelToken[] {
  const tokens: LabelToken[] = []
  let at = 0
  for (;;) {
    while (at < text.length && WHITESPACE.has(text.charAt(at))) at++
    const first = text.charAt(at)
    if (first === '' || first === NUL) break
    const two = SYMBOLS.get(text.slice(at, at + 2))
    const symbol = two ?? SYMBOLS.get(first)
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol })
      at = pastNul(text, at + symbol.length)
      continue
    }
    const end = identifierEnd(text, at)
    const word = text.slice(at, end)
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word })
    at = pastNul(text, end)
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}
