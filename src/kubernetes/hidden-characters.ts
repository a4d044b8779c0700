/** Everything that is no visible sign and no plain space: controls, line breaks, direction marks, lone surrogates. */
const HIDDEN = /(?! )[\p{C}\p{Z}]/gu

/** A text from outside with each hidden character written as `escaped` does, so that none begins a line or hides text. */
export const escapeHidden = (text: string, escaped: (character: string) => string): string =>
  text.replace(HIDDEN, (character) => escaped(character))
