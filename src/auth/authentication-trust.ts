/** What a front proxy must prove and where it writes whom it speaks for. */
export interface RequestHeaderTrust {
  /** The bundle that the proxy's certificate must lead to. */
  readonly caPem: string
  /** Common names that the proxy's certificate may have; empty: any. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/** Whose word is taken for who is asking. A part that is `undefined` is not known, or not wanted: it proves nothing. */
export interface AuthenticationTrust {
  readonly clientCaPem: string | undefined
  readonly requestHeader: RequestHeaderTrust | undefined
}
