import { readFile } from 'node:fs/promises'
import type { Clock } from '../model/clock.ts'
import { ClusterAccessError } from './access-error.ts'

const REREAD_MS = 60_000

/** The code of a failed system call ("ENOENT"), or the error's own message. */
const reasonOf = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : String(error)
}

/** Reads a file of text. @throws ClusterAccessError that names the file and the reason. */
export async function readTextFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ClusterAccessError(`${what} ${path} cannot be read: ${reasonOf(error)}`, { cause: error })
  }
}

/** A value that is fetched at most once a minute, and anew after {@link invalidate}. */
export interface CachedCredential {
  get(): Promise<string | undefined>
  invalidate(): void
}

/**
 * Keeps what `fetch` gives for a minute. When a later fetch fails, the last value stays in use, since it may well be
 * valid for hours; after `invalidate` it is known not to be, and the failure is passed on.
 */
export function cacheCredential(fetch: () => Promise<string | undefined>, clock: Clock): CachedCredential {
  let last: { readonly value: string | undefined; readonly atMs: number } | undefined
  let pending: Promise<string | undefined> | undefined

  const refresh = async (): Promise<string | undefined> => {
    const before = last
    try {
      last = { value: await fetch(), atMs: clock.monotonicMs() }
      return last.value
    } catch (error) {
      if (before === undefined || last !== before) throw error
      last = { value: before.value, atMs: clock.monotonicMs() }
      return before.value
    }
  }
  return {
    get() {
      if (last !== undefined && clock.monotonicMs() - last.atMs < REREAD_MS) return Promise.resolve(last.value)
      pending ??= refresh().finally(() => {
        pending = undefined
      })
      return pending
    },
    invalidate() {
      last = undefined
    },
  }
}

/** The `Authorization` of a file that holds a bearer token. */
export function bearerTokenFile(path: string, clock: Clock): CachedCredential {
  return cacheCredential(async () => {
    const token = (await readTextFile(path, 'the token file')).trim()
    if (token === '') throw new ClusterAccessError(`the token file ${path} is empty`)
    return `Bearer ${token}`
  }, clock)
}
