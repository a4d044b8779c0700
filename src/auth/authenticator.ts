import type { RequestHeaderConfig } from '../cluster/authentication-config.ts'
import type { Clock } from '../model/clock.ts'
import { ANONYMOUS, type RequestCredentials, type User } from '../model/identity.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import { holdsAt, type Validity } from '../tls/chain.ts'
import type { CertificateVerification, ClientCertificateVerifier } from './client-certificates.ts'
import { userFromHeaders } from './front-proxy.ts'
import { bearerTokenOf, createTokenAuthenticator, type TokenAuthenticatorOptions } from './token-authenticator.ts'
import type { TrustSource } from './trust.ts'

const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'

/**
 * Adds the group of authenticated users, unless the user is anonymous or is in this group or its opposite already
 * (apiserver, pkg/authentication/group/authenticated_group_adder.go).
 */
function withAuthenticatedGroup(user: User): User {
  if (user.name === ANONYMOUS.name) return user
  if (user.groups.some((group) => group === AUTHENTICATED || group === UNAUTHENTICATED)) return user
  return { ...user, groups: [...user.groups, AUTHENTICATED] }
}

/** The user of a request; `undefined`: its credentials prove no user (401). Does not reject. */
export type Authenticator = (credentials: RequestCredentials) => Promise<User | undefined>

export type AuthenticationMethod = 'front-proxy' | 'certificate' | 'token' | 'anonymous'

export interface AuthenticationObserver {
  /**
   * Once per request: the method that decided, or the last that refused (then there is no name), and how long it took.
   */
  attempt(method: AuthenticationMethod, username: string | undefined, seconds: number): void
}

interface AuthenticatorOptions extends Omit<TokenAuthenticatorOptions, 'reviewToken'> {
  readonly trust: TrustSource
  /** Verifies by the trust: {@link createClientCertificateVerifier}. */
  readonly verifyCertificate: ClientCertificateVerifier
  /** `undefined` when tokens cannot be reviewed: they are then ignored, as in the Go server. */
  readonly reviewToken: TokenAuthenticatorOptions['reviewToken'] | undefined
  readonly clock: Clock
  readonly faults: FaultLog
  readonly log: Logger
  readonly observer?: AuthenticationObserver
}

/** What one method makes of the credentials: a user, the reason why they prove none, or no opinion. */
type Verdict = { readonly user: User } | { readonly refusal: string } | undefined

const NOT_TRUSTED = 'neither the client CA nor the front proxy CA vouches for it, or not for client authentication'
const NOT_VALID_NOW = 'it, or a certificate that vouches for it, has expired or is not valid yet'
const NOT_ALLOWED = 'the front proxy CA vouches for it, but its common name is not among the allowed ones'
const NOT_ACCEPTABLE = 'it is malformed, or has a key that is not accepted, or too many came with it'
const INVALID_SUBJECT = 'its subject has more than one UID, or an empty one'

/** Why these chains of what was shown do not hold now; `undefined` when one does. */
function refusalOf(
  { fault }: CertificateVerification,
  chains: readonly Validity[] | undefined,
  wallMs: number,
): string | undefined {
  if (fault !== undefined) return NOT_ACCEPTABLE
  if (chains === undefined || chains.length === 0) return NOT_TRUSTED
  return holdsAt(chains, wallMs) ? undefined : NOT_VALID_NOW
}

function byFrontProxy(
  verification: CertificateVerification,
  trust: RequestHeaderConfig,
  rawHeaders: readonly string[],
  wallMs: number,
): Verdict {
  const refusal = refusalOf(verification, verification.frontProxy, wallMs)
  if (refusal !== undefined) return { refusal }
  if (trust.allowedNames.length > 0 && !trust.allowedNames.includes(verification.commonName))
    return { refusal: NOT_ALLOWED }
  const user = userFromHeaders(rawHeaders, trust)
  return user && { user }
}

function byCertificate(verification: CertificateVerification, wallMs: number): Verdict {
  const refusal = refusalOf(verification, verification.client, wallMs)
  if (refusal !== undefined) return { refusal }
  if (verification.holder === 'invalid') return { refusal: INVALID_SUBJECT }
  return verification.holder === 'nobody' ? undefined : { user: verification.holder }
}

/**
 * Tries the front proxy's certificate, the client certificate and the bearer token, in this order: the first that
 * proves a user decides. If none does, the user is not authenticated when one was refused, and anonymous otherwise
 * (apiserver, pkg/authentication/authenticatorfactory/delegating.go and request/union).
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { trust, verifyCertificate, clock, faults, log, observer, reviewToken } = options
  const userOfToken = reviewToken && createTokenAuthenticator({ ...options, reviewToken })

  async function* verdicts(
    credentials: RequestCredentials,
    verification: CertificateVerification | undefined,
  ): AsyncGenerator<[AuthenticationMethod, Verdict]> {
    const { rawHeaders } = credentials
    const { requestHeader, clientCaPem } = trust.current()
    const now = clock.wallMs()
    if (verification && requestHeader) yield ['front-proxy', byFrontProxy(verification, requestHeader, rawHeaders, now)]
    if (verification && clientCaPem !== undefined) yield ['certificate', byCertificate(verification, now)]
    const token = userOfToken && bearerTokenOf(rawHeaders)
    if (token === undefined) return
    const user = await userOfToken?.(token, credentials)
    yield ['token', user === undefined ? { refusal: "the token is nobody's" } : { user }]
  }

  const reportRefused = (
    refusals: ReadonlyMap<AuthenticationMethod, string>,
    verification: CertificateVerification | undefined,
  ) => {
    log.verbose(2, 'Refused to authenticate a request', { reasons: Object.fromEntries(refusals) })
    const reasons = [refusals.get('front-proxy'), refusals.get('certificate')].filter((r) => r !== undefined)
    // "Not trusted" by one CA says less than why the other CA's certificate was refused.
    const reason = reasons.find((r) => r !== NOT_TRUSTED) ?? reasons[0]
    if (reason === undefined) return
    // Never resolved: the next client is another one, and not a recovery.
    faults.report(`client certificate: ${reason}`, 'Refused a client certificate', {
      err: reason,
      commonName: verification?.commonName,
      detail: verification?.fault,
    })
  }

  return async (credentials) => {
    const { connection } = credentials
    const beganMs = clock.monotonicMs()
    const attempt = (method: AuthenticationMethod, username: string | undefined) =>
      observer?.attempt(method, username, (clock.monotonicMs() - beganMs) / 1000)
    const refusals = new Map<AuthenticationMethod, string>()
    const verification = connection && verifyCertificate(connection)
    for await (const [method, verdict] of verdicts(credentials, verification)) {
      if (verdict === undefined) continue
      if ('user' in verdict) {
        attempt(method, verdict.user.name)
        return withAuthenticatedGroup(verdict.user)
      }
      refusals.set(method, verdict.refusal)
    }
    const lastRefused = [...refusals.keys()].at(-1)
    if (lastRefused !== undefined) {
      attempt(lastRefused, undefined)
      reportRefused(refusals, verification)
      return undefined
    }
    attempt('anonymous', ANONYMOUS.name)
    return ANONYMOUS
  }
}
