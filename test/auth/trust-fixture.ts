import { beforeAll } from 'vitest'
import { type Authority, createAuthority } from '../../certs/authority.ts'
import type { AuthenticationConfig } from '../../src/cluster/authentication-config.ts'
import { createTrust, type Trust, type TrustOptions } from '../../src/auth/trust.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { followerOf } from '../support/follower.ts'
import { createRecordingFaults } from '../support/recording-log.ts'

export const HEADERS = {
  allowedNames: ['proxy'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: [],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
export const NO_FILES = { clientCaFile: undefined, requestHeader: { caFile: undefined, ...HEADERS } }
export const NOTHING: AuthenticationConfig = { clientCaPem: undefined, requestHeader: undefined }

/** A configmap that says this, until it is set to say something else. */
export function configMapOf(initial: AuthenticationConfig | undefined) {
  let current = initial
  const listeners = new Set<(config: AuthenticationConfig) => void>()
  return {
    current: () => current,
    onChange(listener: (config: AuthenticationConfig) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    set(next: AuthenticationConfig | undefined) {
      current = next
      if (next !== undefined) for (const listener of listeners) listener(next)
    },
  }
}

/** Trust with these options: neither files nor a configmap where none is named. */
export const trustOf = (options: Partial<TrustOptions> = {}): Promise<Trust> =>
  createTrust({
    files: NO_FILES,
    configMap: undefined,
    follower: followerOf(createManualClock(), createRecordingFaults()),
    faults: createRecordingFaults(),
    ...options,
  })

/** Two authorities for the file. */
export function useAuthorities(): { a: Authority; b: Authority } {
  const at = {} as { a: Authority; b: Authority }
  beforeAll(async () => {
    at.a = await createAuthority('a')
    at.b = await createAuthority('b')
  })
  return at
}
