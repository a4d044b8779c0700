/** Where the YAML writer stands: the state of libyaml's emitter, as sigs.k8s.io/yaml has it (goyaml.v2/emitterc.go). */
export interface YamlOutput {
  readonly parts: string[]
  /** Characters since the last line break. */
  column: number
  /** Whether the last thing written was white space. */
  whitespace: boolean
  /** Whether only indentation and indicators like `-` stand on the line. */
  indention: boolean
}

export function yamlOutput(): YamlOutput {
  return { parts: [], column: 0, whitespace: true, indention: true }
}

/** Writes text without line breaks, of so many characters. */
export function put(out: YamlOutput, text: string, characters = text.length): void {
  out.parts.push(text)
  out.column += characters
}

export function putBreak(out: YamlOutput): void {
  out.parts.push('\n')
  out.column = 0
}

/** Goes to the column `indent` of a fresh line, unless it stands there already. */
export function putIndent(out: YamlOutput, indent: number): void {
  if (!out.indention || out.column > indent || (out.column === indent && !out.whitespace)) putBreak(out)
  if (out.column < indent) put(out, ' '.repeat(indent - out.column))
  out.whitespace = true
  out.indention = true
}

export interface Indicator {
  /** A space comes before it, unless one is there. */
  readonly spaced: boolean
  /** It counts as white space for what follows. */
  readonly whitespace: boolean
  /** It does not end the line's indentation. */
  readonly indention: boolean
}

export function putIndicator(out: YamlOutput, text: string, { spaced, whitespace, indention }: Indicator): void {
  if (spaced && !out.whitespace) put(out, ' ')
  put(out, text)
  out.whitespace = whitespace
  out.indention = out.indention && indention
}
