import { createReadStream } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'

/**
 * Something outside, such as a file, is not there or cannot be used. The message names it and says why, and holds nothing
 * of what stands in it, so that it may go into a log.
 */
export class UnusableError extends Error {
  override readonly name: string = 'UnusableError'
}

/** Why a system call failed ("ENOENT: no such file or directory"), or the error's own message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, errno, message } = error as NodeJS.ErrnoException
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return message
  return errno === undefined ? code : `${code}: ${getSystemErrorMessage(errno)}`
}

/** No certificate, token or kubeconfig comes near it; a path that leads to a device would never end. */
const MAX_BYTES = 4 * 2 ** 20

/**
 * Reads a file of text as it is now.
 * @param what for people, in front of the path: "the token file"
 * @throws UnusableError when it cannot be read, or is larger than 4 MiB.
 */
export async function readTextFile(path: string, what: string): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk)
  } catch (cause) {
    throw new UnusableError(`${what} ${path} cannot be read: ${reasonOf(cause)}`, { cause })
  }
  const content = Buffer.concat(chunks)
  if (content.length > MAX_BYTES) throw new UnusableError(`${what} ${path} is larger than ${MAX_BYTES} bytes`)
  return content.toString('utf8')
}
