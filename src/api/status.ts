import { goQuote } from '../kubernetes/go-quote.ts'
import type { AccessQuestion, User } from '../model/identity.ts'

const HTML = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** Escapes what a browser could take for markup, as apiserver does in errors (responsewriters/errors.go, sanitizer). */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (c) => HTML.get(c) ?? c)

/** `Status` of meta.k8s.io/v1 as this server writes it (k8s.io/apimachinery, pkg/apis/meta/v1/types.go). */
export interface KubernetesStatus {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, never>>
  readonly status: 'Failure' | 'Success'
  readonly message: string
  readonly reason: string
  readonly details?: StatusDetails
  /** The HTTP status code. */
  readonly code: number
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  readonly retryAfterSeconds?: number
}

/** A group's resource, in the words of the error messages: `nodes.metrics.k8s.io`; without group just its name. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

const nameOf = ({ group, resource }: GroupResource): string => (group === '' ? resource : `${resource}.${group}`)

/** A Status of any failure, its members in Go's order; the constructors below have the well-known ones. */
export function failure(code: number, reason: string, message: string, details?: StatusDetails): KubernetesStatus {
  const text = message.toWellFormed()
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: text, reason } as const
  return details === undefined ? { ...base, code } : { ...base, details, code }
}

/** Details of an object; what is empty is left out. */
const detailsOf = (what: GroupResource, name = ''): StatusDetails => ({
  ...(name !== '' && { name: name.toWellFormed() }),
  ...(what.group !== '' && { group: what.group }),
  ...(what.resource !== '' && { kind: what.resource }),
})

/** 404: there is no such object. */
export const notFound = (what: GroupResource, name: string): KubernetesStatus =>
  failure(404, 'NotFound', `${nameOf(what)} ${goQuote(name)} not found`, detailsOf(what, name))

/** 404: under an API's own path nothing is served. */
export const noSuchResource = (): KubernetesStatus =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {})

/** 405: the path is served, but not with this method. */
export const methodNotAllowed = (): KubernetesStatus =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

/** 405: the resource is served, but not this verb of it. */
export const notSupported = (verb: string, what: GroupResource): KubernetesStatus =>
  failure(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind ${goQuote(nameOf(what))}`,
    detailsOf(what),
  )

/** 400: a parameter cannot be read. */
export const badRequest = (message: string): KubernetesStatus => failure(400, 'BadRequest', message)

/** 410: what the list was to be continued with is no longer there. Clients begin a new list. */
export const expired = (message: string): KubernetesStatus => failure(410, 'Expired', message)

/** 401: nobody vouches for who is asking. */
export const unauthorized = (): KubernetesStatus => failure(401, 'Unauthorized', 'Unauthorized')

/** 406 of a path whose every route takes other content types than the one that came: it names none as available. */
export const nothingAvailable = (): KubernetesStatus =>
  failure(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: ', {})

/** 415: a request with a body in a content type that the path does not take. */
export const unsupportedMediaType = (): KubernetesStatus =>
  failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})

/** 429: as many requests as allowed are in flight. */
export const tooManyRequests = (retryAfterSeconds: number): KubernetesStatus =>
  failure(429, 'TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds })

/** 500: a fault of ours. The cause is in the log, never in the answer. */
export const internalError = (): KubernetesStatus =>
  failure(500, 'InternalError', 'Internal error occurred: the cause is in the log of the metrics server', {
    causes: [{ message: 'the cause is in the log of the metrics server' }],
  })

/** 504: the request took longer than it may. */
export const requestTimeout = (): KubernetesStatus =>
  failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {})

/** One thing that is wrong with a parameter. */
export interface InvalidField {
  readonly reason: 'FieldValueForbidden' | 'FieldValueNotSupported'
  readonly field: string
  readonly message: string
}

/** 422: parameters that can be read but not be had together. */
export function invalidListOptions(fields: readonly InvalidField[]): KubernetesStatus {
  const problems = [...new Set(fields.map(({ field, message }) => `${field}: ${message}`))]
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`
  return failure(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: fields,
  })
}

function refusal(user: User, question: AccessQuestion): string {
  const who = `User ${goQuote(user.name)} cannot ${question.verb}`
  if (question.kind === 'path') return `${who} path ${goQuote(question.path)}`
  const { resource, subresource, namespace, group } = question
  const what = goQuote(subresource === '' ? resource : `${resource}/${subresource}`)
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`
  return `${who} resource ${what} in API group ${goQuote(group)} ${where}`
}

/** 403 (apiserver, pkg/endpoints/handlers/responsewriters/errors.go: what looks like HTML is escaped). */
export function forbidden(user: User, question: AccessQuestion, reason: string): KubernetesStatus {
  const text = escapeHtml(refusal(user, question))
  const why = reason === '' ? text : `${text}: ${reason}`
  if (question.kind === 'path') return failure(403, 'Forbidden', `forbidden: ${why}`, {})
  const subject = question.name === '' ? nameOf(question) : `${nameOf(question)} ${goQuote(question.name)}`
  return failure(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(question, question.name))
}

export interface ApiErrorOptions extends ErrorOptions {
  /** Headers that the answer carries beyond the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that is answered with a Status. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: KubernetesStatus
  readonly headers: Readonly<Record<string, string>>

  constructor(status: KubernetesStatus, { headers, ...options }: ApiErrorOptions = {}) {
    super(status.message, options)
    this.status = status
    this.headers = headers ?? {}
  }
}
