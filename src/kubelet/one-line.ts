/** Text from outside as one short line: nothing in it can begin a new line, move a terminal's cursor or hide text. */
export function oneLine(text: string, limit: number): string {
  const plain = text
    .slice(0, limit * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain
}

const EXCERPT_LENGTH = 120

/** The beginning of an answer's body for a message. What looks like a credential, or is `credential`, is taken out. */
export function excerpt(body: Buffer, credential: string | undefined): string {
  const token = credential?.slice(credential.indexOf(' ') + 1)
  const text = body.toString('utf8', 0, 4096)
  const without = token ? text.replaceAll(token, '[…]') : text
  return oneLine(without.replace(/[\w.~+/=-]{40,}/g, '[…]'), EXCERPT_LENGTH)
}
