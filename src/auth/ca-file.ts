import type { Followed, Follower } from '../model/follow.ts'
import { readTextFile } from '../model/text-file.ts'
import { reasonOf, UnusableError } from '../model/unusable-error.ts'
import { CaBundleError, parseCaBundle } from '../tls/ca-bundle.ts'

/** A CA file that cannot be used; the message names it and says why. */
export class CaFileError extends UnusableError {
  override readonly name = 'CaFileError'
}

async function readUsable(path: string): Promise<string> {
  const pem = await readTextFile(path, 'the CA file')
  try {
    parseCaBundle(pem)
    return pem
  } catch (cause) {
    if (!(cause instanceof CaBundleError)) throw cause
    throw new CaFileError(`the CA file ${path} is not usable: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * The CA bundle in a file, followed while it changes.
 * @throws UnusableError when it is not usable now. Later on that is reported, and the last usable content stays.
 */
export const followCaFile = (path: string, follower: Follower): Promise<Followed<string>> =>
  follower.follow({ name: `CA file ${path}`, read: () => readUsable(path), isSame: (a, b) => a === b })
