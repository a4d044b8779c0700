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
