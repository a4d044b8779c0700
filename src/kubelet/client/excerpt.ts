import { oneLine } from '../../model/one-line.ts'

const EXCERPT_LENGTH = 120
const READ_BYTES = 4096
/** As many letters and digits of a credential in a row are a piece of it: eight of its characters, dots and dashes counted. */
const PIECE_LENGTH = 6

/** Letters and digits alone: a credential that comes back in parts, or written otherwise, stands in a row again. */
const squeezed = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * Whether a text from outside has no piece of our credential in it. Where it has, no part of it is shown: it may hold more of
 * it than can be found.
 * @param authorization the whole header, "Bearer …".
 */
export function quotable(text: string, authorization: string | undefined): boolean {
  const token = squeezed(authorization?.slice(authorization.indexOf(' ') + 1) ?? '')
  if (token === '') return true
  const said = squeezed(text)
  if (token.length <= PIECE_LENGTH) return !said.includes(token)
  const pieces = new Set<string>()
  for (let i = 0; i + PIECE_LENGTH <= token.length; i++) pieces.add(token.slice(i, i + PIECE_LENGTH))
  for (let i = 0; i + PIECE_LENGTH <= said.length; i++) if (pieces.has(said.slice(i, i + PIECE_LENGTH))) return false
  return true
}

/** The beginning of an answer's body for a message; empty when a piece of our credential is in it. */
export function excerpt(body: Buffer, authorization: string | undefined): string {
  const text = body.toString('utf8', 0, READ_BYTES)
  if (!quotable(text, authorization)) return ''
  // What looks like a credential may be somebody else's.
  return oneLine(text.replace(/[\w.~+/=-]{40,}/g, '[…]'), EXCERPT_LENGTH)
}
