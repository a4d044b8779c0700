import type { AccessQuestion, User } from '../../src/model/identity.ts'
import type { Access } from '../access/access.ts'
import { ApiError } from './api-error.ts'
import { type MessageShape, readProtobuf } from './protobuf.ts'
import { REVIEWS } from './resources.ts'

interface ReviewBody {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: unknown
  readonly spec?: {
    readonly token?: string
    readonly user?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly resourceAttributes?: Partial<Record<string, string>>
    readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  }
}

export function isReview(info: { readonly group: string; readonly resource: string }): boolean {
  return REVIEWS.some((review) => review.group === info.group && review.name === info.resource)
}

/** Answers the reviews; `who` asks. */
export function review(resource: string, bytes: Buffer, who: User, access: Access): unknown {
  const body = parse(resource, bytes)
  const status = statusOf(resource, body, who, access)
  return { ...body, metadata: body.metadata ?? {}, status }
}

function statusOf(resource: string, body: ReviewBody, who: User, access: Access): unknown {
  if (resource === 'tokenreviews') return tokenStatus(body, access)
  if (resource === 'selfsubjectreviews') return { userInfo: { username: who.name, groups: who.groups } }
  return accessStatus(resource, body, who, access)
}

const RESOURCE_ATTRIBUTES: MessageShape = {
  1: 'namespace',
  2: 'verb',
  3: 'group',
  4: 'version',
  5: 'resource',
  6: 'subresource',
  7: 'name',
}
/** SelfSubjectAccessReview, the one review that kubectl sends (k8s.io/api, authorization/v1/generated.proto). */
const SELF_REVIEW: MessageShape = {
  2: {
    name: 'spec',
    shape: {
      1: { name: 'resourceAttributes', shape: RESOURCE_ATTRIBUTES },
      2: { name: 'nonResourceAttributes', shape: { 1: 'path', 2: 'verb' } },
    },
  },
}

function parse(resource: string, bytes: Buffer): ReviewBody {
  try {
    const object = resource === 'selfsubjectaccessreviews' ? readProtobuf(bytes, SELF_REVIEW) : undefined
    if (object !== undefined)
      return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', ...object }
    return JSON.parse(bytes.toString()) as ReviewBody
  } catch (cause) {
    throw new ApiError(400, 'BadRequest', `the body cannot be read: ${(cause as Error).message}`)
  }
}

function tokenStatus(body: ReviewBody, access: Access): unknown {
  const owner = access.tokens.userOf(body.spec?.token ?? '')
  if (owner === undefined) return { user: {}, error: '[invalid bearer token, Token has been invalidated]' }
  const { name, uid, groups, extra } = owner
  const more = extra.size > 0 && { extra: Object.fromEntries(extra) }
  return { authenticated: true, user: { username: name, ...(uid && { uid }), groups, ...more } }
}

function accessStatus(resource: string, { spec }: ReviewBody, who: User, access: Access): unknown {
  if (!spec?.resourceAttributes && !spec?.nonResourceAttributes)
    throw new ApiError(422, 'Invalid', 'exactly one of nonResourceAttributes or resourceAttributes must be specified')
  const named: User = { name: spec.user ?? '', uid: spec.uid, groups: spec.groups ?? [], extra: new Map() }
  const allowed = access.allows(resource === 'selfsubjectaccessreviews' ? who : named, questionIn(spec))
  return allowed ? { allowed, reason: 'RBAC: allowed by a rule of the simulated cluster' } : { allowed }
}

function questionIn(spec: NonNullable<ReviewBody['spec']>): AccessQuestion {
  const { resourceAttributes: r, nonResourceAttributes: path } = spec
  if (r === undefined) return { kind: 'path', verb: path?.verb ?? '', path: path?.path ?? '' }
  return {
    kind: 'resource',
    verb: r.verb ?? '',
    group: r.group ?? '',
    version: r.version ?? '',
    resource: r.resource ?? '',
    subresource: r.subresource ?? '',
    namespace: r.namespace ?? '',
    name: r.name ?? '',
  }
}
