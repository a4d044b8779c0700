import type { Clock } from '../model/clock.ts'
import { type AccessAccounts, createAccessAccounts } from './access-accounts.ts'
import type { Family } from './families.ts'
import { createRequestAccounts, type RequestAccounts } from './request-accounts.ts'
import { createRestClientAccounts, type RestClientAccounts } from './rest-client-accounts.ts'

/** What rooms count under the names that Kubernetes' own servers count it. */
export interface Accounts {
  readonly requests: RequestAccounts
  readonly access: AccessAccounts
  readonly restClient: RestClientAccounts
  readonly families: readonly Family[]
}

export function createAccounts(clock: Pick<Clock, 'monotonicMs'>): Accounts {
  const requests = createRequestAccounts(clock)
  const access = createAccessAccounts()
  const restClient = createRestClientAccounts()
  const families = [...requests.families, ...access.families, ...restClient.families]
  return { requests, access, restClient, families }
}
