import type { Clock } from '../../model/clock.ts'
import type { ApiAccounts } from '../options.ts'
import type { RequestTarget } from '../request/request-target.ts'
import { createRequestKinds } from './request-kinds.ts'

/**
 * Counts an answer that is about to be sent. `beganMs` is when the request's head had come, by the monotonic clock: the
 * time it takes the client to read is not counted. What it gives takes the bytes of the body once they are known.
 */
export type Answered = (
  method: string,
  target: RequestTarget,
  status: number,
  beganMs: number,
) => (bytes: number) => void

/**
 * Every answer to a proper request is counted, those of the filters too: kube-apiserver counts none that it refuses
 * before it looks where the request leads, but for 429, so that a review that cannot be had is nowhere to be seen.
 */
export function createAnswered(
  accounts: Pick<ApiAccounts, 'answered' | 'sized'>,
  clock: Pick<Clock, 'monotonicMs'>,
): Answered {
  const kindOf = createRequestKinds()
  return (method, target, status, beganMs) => {
    const kind = kindOf(method, target)
    accounts.answered(kind, status, (clock.monotonicMs() - beganMs) / 1000)
    return (bytes) => accounts.sized(kind, bytes)
  }
}
