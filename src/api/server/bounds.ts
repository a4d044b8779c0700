/**
 * Everything that a client may make this server do or hold, and how much of it. Times are milliseconds. "Unauthenticated"
 * is a connection until a request on it, or its certificate, has proved a user: strangers get less than those who are
 * known. Where no other reason is given the value is the Go server's.
 */
export interface Bounds {
  /** From the head of a request to its answer, and once more from there until the client has read it. */
  readonly requestTimeoutMs: number
  /** Requests that read, in progress at once; 0 for no bound. A place is free as soon as the answer is handed on. */
  readonly maxRequestsInflight: number
  /** Requests that would write (all are refused, after authorization), at once; 0 for no bound. */
  readonly maxMutatingRequestsInflight: number
  /** Part of the places that anonymous requests can take: their reviews must not keep out HPAs. Ours. */
  readonly anonymousShare: number

  /** Request line and headers, bytes; ours: a token and a path fit many times. */
  readonly maxHeaderBytes: number
  /** Headers of a request; ours. */
  readonly maxHeaders: number
  /** The same for the front proxy, which sends a header for each of a user's groups: Go's http.DefaultMaxHeaderBytes. */
  readonly maxProxyHeaderBytes: number
  /** What the smallest headers come to within {@link maxProxyHeaderBytes}: HTTP/2 counts 32 bytes more for each. */
  readonly maxProxyHeaders: number
  /** Of the frames that carry them over HTTP/2: Node.js ends a connection at the ninth CONTINUATION of one head. */
  readonly maxProxyFrameBytes: number
  /** Bytes of an unwanted request body that are read and forgotten before an HTTP/1.1 connection is closed. */
  readonly maxDrainBytes: number

  /** For a TLS handshake. Go waits for ever. */
  readonly handshakeTimeoutMs: number
  /** For a request's head, and from the handshake until the first one of an unauthenticated connection has come. */
  readonly headersTimeoutMs: number
  /**
   * A connection on which nothing moves is destroyed, with all that it holds. Longer than the 90 s of Go's clients, so
   * that they and not we close it. Never less than requestTimeoutMs.
   */
  readonly idleTimeoutMs: number
  /** Until an unauthenticated client has read an answer, and until it has left after an HTTP/2 GOAWAY. Ours. */
  readonly unauthenticatedTimeoutMs: number
  /** Unauthenticated connections, handshakes included; one more costs the oldest its life. Ours: Go has no such bound. */
  readonly maxUnauthenticated: number
  /** Heads, bodies and unread answers of unauthenticated connections together; beyond it the one with most is destroyed. */
  readonly maxUnauthenticatedBytes: number
  /** For requests in progress to finish when the server closes. */
  readonly drainTimeoutMs: number
  /** How often connections are checked against their times. */
  readonly connectionsCheckMs: number

  /**
   * Of one HTTP/2 session, MiB. Outgoing data counts, and an aggregator sends everything over one session: it has to hold
   * as many big lists as there are places in flight.
   */
  readonly maxSessionMemoryMib: number
  /** Streams opened and cancelled at once, then a second (rapid reset, CVE-2023-44487). */
  readonly streamResetBurst: number
  readonly streamResetRate: number
  /** PING and SETTINGS frames between two checks of a session; clients send one in 15 s. Answering each costs CPU. */
  readonly maxControlFrames: number
  /** Entries of a SETTINGS frame: there are nine kinds. */
  readonly maxSettings: number
  /** Our own PINGs without an answer; none is sent. */
  readonly maxOutstandingPings: number
  /** Frames that make no sense, and streams beyond those allowed, before a session is ended. */
  readonly maxInvalidFrames: number
  readonly maxRejectedStreams: number
}

const MIB = 1024 * 1024

const DEFAULTS: Omit<Bounds, 'connectionsCheckMs'> = {
  requestTimeoutMs: 60_000,
  maxRequestsInflight: 400,
  maxMutatingRequestsInflight: 200,
  anonymousShare: 0.25,
  maxHeaderBytes: 64 * 1024,
  maxHeaders: 2000,
  maxProxyHeaderBytes: MIB + 4096,
  maxProxyHeaders: 32 * 1024,
  maxProxyFrameBytes: 256 * 1024,
  maxDrainBytes: 256 * 1024,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 32_000,
  idleTimeoutMs: 120_000,
  unauthenticatedTimeoutMs: 10_000,
  maxUnauthenticated: 500,
  maxUnauthenticatedBytes: 32 * MIB,
  drainTimeoutMs: 10_000,
  maxSessionMemoryMib: 1024,
  streamResetBurst: 500,
  streamResetRate: 50,
  maxControlFrames: 1000,
  maxSettings: 32,
  maxOutstandingPings: 10,
  maxInvalidFrames: 100,
  maxRejectedStreams: 100,
}

/** Completes the bounds that are set. */
export function boundsOf(limits: Partial<Bounds> = {}): Bounds {
  const bounds = { ...DEFAULTS, ...limits }
  // Nothing moves on a connection while its only request is worked on.
  const idleTimeoutMs = Math.max(bounds.idleTimeoutMs, bounds.requestTimeoutMs)
  const headersTimeoutMs = Math.min(bounds.headersTimeoutMs, bounds.requestTimeoutMs)
  const shortest = Math.min(headersTimeoutMs, bounds.unauthenticatedTimeoutMs)
  const connectionsCheckMs = limits.connectionsCheckMs ?? Math.min(1000, Math.max(50, Math.floor(shortest / 4)))
  return { ...bounds, idleTimeoutMs, headersTimeoutMs, connectionsCheckMs }
}
