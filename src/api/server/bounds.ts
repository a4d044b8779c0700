import type { ApiLimits } from '../options.ts'

/** {@link ApiLimits} with every value in place. */
export interface Bounds extends Required<ApiLimits> {
  /** How often connections are looked at for having passed their time, milliseconds. */
  readonly connectionsCheckMs: number
}

/** Completes the limits. The values are the Go server's, but for header size and idle time, where it is more lenient. */
export function boundsOf(limits: ApiLimits = {}): Bounds {
  const bounds = {
    requestTimeoutMs: 60_000,
    maxRequestsInflight: 400,
    maxMutatingRequestsInflight: 200,
    maxHeaderBytes: 64 * 1024,
    maxDrainBytes: 256 * 1024,
    headersTimeoutMs: 32_000,
    idleTimeoutMs: 120_000,
    handshakeTimeoutMs: 10_000,
    drainTimeoutMs: 10_000,
    ...limits,
  }
  // Nothing moves on a connection while its only request is worked on.
  const idleTimeoutMs = Math.max(bounds.idleTimeoutMs, bounds.requestTimeoutMs)
  const headersTimeoutMs = Math.min(bounds.headersTimeoutMs, bounds.requestTimeoutMs)
  const connectionsCheckMs = Math.min(5000, Math.max(50, Math.floor(headersTimeoutMs / 4)))
  return { ...bounds, idleTimeoutMs, headersTimeoutMs, connectionsCheckMs }
}
