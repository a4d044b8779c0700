import type { KubernetesStatus } from './status.ts'

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
