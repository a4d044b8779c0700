/**
 * Something outside, such as a file, is not there or cannot be used. The message names it and says why, and holds nothing
 * of what stands in it, so that it may go into a log.
 */
export class UnusableError extends Error {
  override readonly name: string = 'UnusableError'
}

/** Why a system call failed ("ENOENT"), or the error's own message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : error.message
}
