const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u
const SHORT = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
])

function quoteRune(character: string): string {
  const rune = character.codePointAt(0) ?? 0
  if (rune >= 0xdc80 && rune <= 0xdcff) return `\\x${(rune - 0xdc00).toString(16)}`
  if (rune >= 0xd800 && rune <= 0xdfff) return '\ufffd'
  const short = SHORT.get(rune)
  if (short !== undefined) return short
  if (rune >= 0x20 && rune < 0x7f) return character
  if (rune < 0x20 || rune === 0x7f) return `\\x${rune.toString(16).padStart(2, '0')}`
  if (PRINTABLE.test(character)) return character
  return rune < 0x10000 ? `\\u${rune.toString(16).padStart(4, '0')}` : `\\U${rune.toString(16).padStart(8, '0')}`
}

/**
 * Quotes text as Go's strconv.Quote (and so `%q`) does: `"a\x00\"ö"`. A lone surrogate from U+DC80 to U+DCFF stands for a
 * byte that was no UTF-8 and is written `\x80` to `\xff`; any other becomes U+FFFD.
 */
export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`
  let quoted = '"'
  for (const character of text) quoted += quoteRune(character)
  return `${quoted}"`
}

/** Everything that is no visible sign and no plain space: controls, line breaks, direction marks, lone surrogates. */
const HIDDEN = /(?! )[\p{C}\p{Z}]/gu

/** A text from outside with each hidden character written as `escaped` does, so that none begins a line or hides text. */
export const escapeHidden = (text: string, escaped: (character: string) => string): string =>
  text.replace(HIDDEN, (character) => escaped(character))
