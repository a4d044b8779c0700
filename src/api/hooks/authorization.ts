import type { FastifyInstance } from 'fastify'
import { type AccessQuestion, TooManyReviewsError, type User } from '../../model/identity.ts'
import { headersWithPrefix, headerValues, unescapeKey } from '../../model/raw-headers.ts'
import type { ApiOptions } from '../options.ts'
import { goneSignal } from '../server/raw-messages.ts'
import { ApiError, badRequest, forbidden, internalError, tooManyRequests } from '../status.ts'
import { contextOf, userOf } from './request-context.ts'

const NOSNIFF = Object.freeze({ 'x-content-type-options': 'nosniff' })
const RETRY_AFTER_SECONDS = 1

/** A failed review is a 500, as in the Go server; where too many are pending, the client had better retry. */
const undecided = (cause: unknown): ApiError =>
  cause instanceof TooManyReviewsError
    ? new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), {
        cause,
        headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` },
      })
    : new ApiError(internalError(), { cause })

/**
 * Finds out whether a request may be served, and as whose (apiserver, pkg/endpoints/filters/authorization.go and
 * impersonation). Fails closed: an authorizer that fails is a 500. The authorizer reports the failure,
 * because only it knows about the recovery.
 */
export function addAuthorization(app: FastifyInstance, authorize: ApiOptions['authorize']): void {
  async function require(user: User, question: AccessQuestion, gone: () => AbortSignal): Promise<void> {
    const decision = await authorize(user, question, gone).catch((cause: unknown) => {
      throw undecided(cause)
    })
    if (!decision.allowed) throw new ApiError(forbidden(user, question, decision.reason), { headers: NOSNIFF })
  }
  app.addHook('onRequest', async (request, reply) => {
    const context = contextOf(request)
    const user = userOf(context)
    const gone = () => goneSignal(reply.raw)
    const actor = await impersonatedUser(user, context.rawHeaders, (question) => require(user, question, gone))
    await require(actor, context.info, gone)
  })
}

/** One of the things that a request impersonates: a user, a group, a value. */
interface Impersonation {
  readonly kind: 'User' | 'ServiceAccount' | 'Group' | 'UserExtra' | 'UID'
  readonly namespace: string
  readonly name: string
  /** Of an extra value. */
  readonly key: string
}

/** Each costs a review, one after the other. The headers of a request hold many more, an honest one has a few dozen. */
const MAX_IMPERSONATIONS = 500
const ANONYMOUS = 'system:anonymous'
const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'
const AUTHENTICATION_GROUP = 'authentication.k8s.io'
const RESOURCES: Readonly<Record<Impersonation['kind'], string>> = {
  User: 'users',
  ServiceAccount: 'serviceaccounts',
  Group: 'groups',
  UserExtra: 'userextras',
  UID: 'uids',
}
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const SERVICE_ACCOUNT = new RegExp(`^system:serviceaccount:(${LABEL}):(?=.{1,253}$)(${LABEL}(?:\\.${LABEL})*)$`)

const impersonation = (kind: Impersonation['kind'], name: string, namespace = '', key = ''): Impersonation => ({
  kind,
  namespace,
  name,
  key,
})

/** Nearly all requests have no such header. @param i names are at even places */
const isImpersonationHeader = (header: string, i: number): boolean => i % 2 === 0 && /^impersonate-/i.test(header)

function impersonationsOf(rawHeaders: readonly string[]): Impersonation[] {
  const [user = ''] = headerValues(rawHeaders, 'impersonate-user')
  const [uid = ''] = headerValues(rawHeaders, 'impersonate-uid')
  const [, namespace, account] = SERVICE_ACCOUNT.exec(user) ?? []
  const impersonations: Impersonation[] = []
  if (account !== undefined) impersonations.push(impersonation('ServiceAccount', account, namespace))
  else if (user !== '') impersonations.push(impersonation('User', user))
  for (const group of headerValues(rawHeaders, 'impersonate-group')) impersonations.push(impersonation('Group', group))
  for (const [key, value] of headersWithPrefix(rawHeaders, 'impersonate-extra-')) {
    impersonations.push(impersonation('UserExtra', value, '', unescapeKey(key)))
  }
  if (uid !== '') impersonations.push(impersonation('UID', uid))
  return impersonations
}

const isOfAuthentication = ({ kind }: Impersonation): boolean => kind === 'UserExtra' || kind === 'UID'

const questionOf = (one: Impersonation): AccessQuestion => ({
  kind: 'resource',
  verb: 'impersonate',
  group: isOfAuthentication(one) ? AUTHENTICATION_GROUP : '',
  version: isOfAuthentication(one) ? 'v1' : '',
  resource: RESOURCES[one.kind],
  subresource: one.key,
  namespace: one.namespace,
  name: one.name,
})

/** As Go prints an ObjectReference: kind, namespace, name, uid, version, resource version, field path. */
function printed(one: Impersonation): string {
  const version = isOfAuthentication(one) ? `${AUTHENTICATION_GROUP}/v1` : ''
  return `{${[one.kind, one.namespace, one.name, '', version, '', one.key].join(' ')}}`
}

/** The user that these make, with the groups that all authenticated or all other users are in. */
function userFrom(impersonations: readonly Impersonation[]): User {
  const named = (kind: Impersonation['kind']) => impersonations.filter((one) => one.kind === kind)
  const [account] = named('ServiceAccount')
  const name =
    account === undefined
      ? (named('User')[0]?.name ?? '')
      : `system:serviceaccount:${account.namespace}:${account.name}`
  const given = named('Group').map((group) => group.name)
  const ofAccount = account && ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
  const groups = given.length > 0 ? given : (ofAccount ?? [])
  const isSaid = groups.includes(UNAUTHENTICATED) || (name !== ANONYMOUS && groups.includes(AUTHENTICATED))
  const implied = name === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED
  const extra = new Map<string, string[]>()
  for (const { key, name: value } of named('UserExtra')) extra.set(key, [...(extra.get(key) ?? []), value])
  return { name, uid: named('UID')[0]?.name, groups: isSaid ? groups : [...groups, implied], extra }
}

/**
 * As whom a request is to be served: `Impersonate-User` and its kin are obeyed, each when the user may `impersonate` it
 * (apiserver, pkg/endpoints/filters/impersonation). That holds whoever sends them, the front proxy too, as in the Go
 * server: a kube-apiserver obeys these headers itself and hands none of them on.
 * @param require asks whether the user may; it throws when not.
 * @throws ApiError 400 when there is no user among what is to be impersonated, and what `require` throws.
 */
export async function impersonatedUser(
  user: User,
  rawHeaders: readonly string[],
  require: (question: AccessQuestion) => Promise<void>,
): Promise<User> {
  const impersonations = rawHeaders.some(isImpersonationHeader) ? impersonationsOf(rawHeaders) : []
  if (impersonations.length === 0) return user
  const refuse = (message: string) => new ApiError(badRequest(message), { headers: NOSNIFF })
  if (impersonations.length > MAX_IMPERSONATIONS)
    throw refuse(`requested to impersonate more than ${MAX_IMPERSONATIONS} groups and values`)
  const [first] = impersonations
  if (first?.kind !== 'User' && first?.kind !== 'ServiceAccount') {
    throw refuse(`requested [${impersonations.map(printed).join(' ')}] without impersonating a user`)
  }
  for (const one of impersonations) await require(questionOf(one))
  return userFrom(impersonations)
}
