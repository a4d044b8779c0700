import type { Clock } from '../../model/clock.ts'
import type { ApiserverState, Reading, Right } from '../../model/diagnosis.ts'
import { ApiAnswerInvalid } from '../client/api-error.ts'
import { type KubernetesApi, readingOf } from './kubernetes-api.ts'

/** `Date` is cut to whole seconds, so that on average it is half a second late. */
const DATE_IS_LATE_MS = 500

export function readVersion(
  { version }: KubernetesApi,
  clock: Pick<Clock, 'wallMs'>,
): Promise<Reading<ApiserverState>> {
  return readingOf(async () => {
    const { data, headers } = await version.getCodeWithHttpInfo()
    if (!data.gitVersion) throw new ApiAnswerInvalid('GET /version: the answer names no gitVersion')
    const date = Date.parse(headers.date ?? '')
    const clockAheadMs = Number.isFinite(date) ? date + DATE_IS_LATE_MS - clock.wallMs() : undefined
    return { version: String(data.gitVersion), clockAheadMs }
  })
}

/** The user name that our credentials have for the apiserver (SelfSubjectReview, since Kubernetes 1.28). */
export function readOwnName({ authentication }: KubernetesApi): Promise<Reading<string>> {
  return readingOf(async () => {
    const { status } = await authentication.createSelfSubjectReview({
      body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    })
    const name = status?.userInfo?.username
    if (!name) throw new ApiAnswerInvalid('the SelfSubjectReview names no user')
    return String(name)
  })
}

/** Whether our credentials have a right; as in an access review of others, a `denied` wins. */
export function readOwnRight({ authorization }: KubernetesApi, right: Right): Promise<Reading<boolean>> {
  return readingOf(async () => {
    const { status } = await authorization.createSelfSubjectAccessReview({
      body: {
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { resourceAttributes: right },
      },
    })
    if (!status) throw new ApiAnswerInvalid('the SelfSubjectAccessReview has no status')
    return status.allowed === true && status.denied !== true
  })
}
