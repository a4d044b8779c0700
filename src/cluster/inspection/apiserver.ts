import type { ApiserverState, Reading, Right } from '../../model/diagnosis.ts'
import type { Clock } from '../../model/clock.ts'
import type { ApiClient } from '../client/api-client.ts'
import { ApiAnswerInvalid } from '../client/api-error.ts'
import { at, member, text } from '../json-value.ts'
import { readJson } from './reading.ts'

const SELF_REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const ACCESS_REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
/** `Date` is cut to whole seconds, so that on average it is half a second late. */
const DATE_IS_LATE_MS = 500

export function readVersion(client: ApiClient, clock: Pick<Clock, 'wallMs'>): Promise<Reading<ApiserverState>> {
  return readJson(client, { path: '/version' }, (answer, { headers }) => {
    const version = text(member(answer, 'gitVersion'))
    if (version === undefined) throw new ApiAnswerInvalid('GET /version: the answer names no gitVersion')
    const date = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN
    return { version, clockAheadMs: Number.isFinite(date) ? date + DATE_IS_LATE_MS - clock.wallMs() : undefined }
  })
}

/** Who the apiserver takes us for (SelfSubjectReview, since Kubernetes 1.28). */
export function readOwnName(client: ApiClient): Promise<Reading<string>> {
  const body = { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' }
  return readJson(client, { method: 'POST', path: SELF_REVIEW, body }, (answer) => {
    const name = text(at(answer, 'status', 'userInfo', 'username'))
    if (name === undefined) throw new ApiAnswerInvalid(`POST ${SELF_REVIEW}: the answer names no user`)
    return name
  })
}

/** Whether we may; as in an access review of others, a `denied` wins. */
export function readOwnRight(client: ApiClient, right: Right): Promise<Reading<boolean>> {
  const spec = { resourceAttributes: right }
  const body = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec }
  return readJson(client, { method: 'POST', path: ACCESS_REVIEW, body }, (answer) => {
    const status = member(answer, 'status')
    if (typeof status !== 'object' || status === null) {
      throw new ApiAnswerInvalid(`POST ${ACCESS_REVIEW}: the answer has no status`)
    }
    return member(status, 'allowed') === true && member(status, 'denied') !== true
  })
}
