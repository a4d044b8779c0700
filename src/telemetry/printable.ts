/** Everything that is no visible sign and no plain space: controls, line breaks, direction marks, lone surrogates. */
const HIDDEN = /(?! )[\p{C}\p{Z}]/gu
const SHORT = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

const escaped = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  if (code < 0x80) return SHORT.get(char) ?? `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** Text in quotes on one line as Go's strconv.Quote writes it, so that nothing in it can pass for another line. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(HIDDEN, escaped)}"`
}

/** Escapes in JSON what JSON lets through raw and a terminal might obey; the text stays the same JSON. */
export function escapeJson(json: string): string {
  return json.replace(HIDDEN, (char) => {
    const units = [...Array(char.length).keys()].map((i) => char.charCodeAt(i))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}
