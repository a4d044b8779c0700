import { oneLine } from '../model/one-line.ts'

const EXCERPT_LENGTH = 120

/** The beginning of an answer's body for a message. What looks like a credential, or is `credential`, is taken out. */
export function excerpt(body: Buffer, credential: string | undefined): string {
  const token = credential?.slice(credential.indexOf(' ') + 1)
  const text = body.toString('utf8', 0, 4096)
  const without = token ? text.replaceAll(token, '[…]') : text
  return oneLine(without.replace(/[\w.~+/=-]{40,}/g, '[…]'), EXCERPT_LENGTH)
}
