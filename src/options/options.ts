import type { AddressType } from '../model/cluster-objects.ts'
import type { NamedCertKey } from './list-kinds.ts'

/** Everything that the command line decides: complete, checked, and frozen all through. Files are paths, not read yet. */
export interface Options {
  /** `undefined`: in-cluster. */
  readonly kubeconfig: string | undefined
  /** At least 10,000. */
  readonly metricResolutionMs: number
  /** At least one metric resolution. */
  readonly sampleRetentionMs: number
  /** Serve /metrics/resource. */
  readonly exposeResourceMetrics: boolean
  /** A label selector that parses; empty: every node. */
  readonly nodeSelector: string
  readonly kubelet: KubeletOptions
  readonly serving: ServingOptions
  readonly authentication: AuthenticationOptions
  readonly authorization: AuthorizationOptions
  readonly logging: LoggingOptions
}

export interface KubeletOptions {
  readonly insecureTls: boolean
  readonly port: number
  readonly useNodeStatusPort: boolean
  /** Best first, none twice, at least one. */
  readonly preferredAddressTypes: readonly AddressType[]
  readonly caFile: string | undefined
  /** Given together with the key or not at all. */
  readonly clientCertFile: string | undefined
  readonly clientKeyFile: string | undefined
  readonly requestTimeoutMs: number
  /** Plain HTTP and no credentials; excludes every other choice about TLS here. */
  readonly completelyInsecure: boolean
  readonly metricsSource: 'auto' | 'summary' | 'resource'
}

export interface ServingOptions {
  readonly port: number
  /** An IP address; `undefined`: every address of both families (0.0.0.0 and :: mean that to the Go server). */
  readonly bindAddress: string | undefined
  readonly certDir: string
  /** Given together with the key or not at all. */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly sniCertKeys: readonly NamedCertKey[]
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** As given, by Go's names; empty: Go's default choice. */
  readonly cipherSuites: readonly string[]
  /** The same for the `ciphers` of a TLS server, never empty. */
  readonly openSslCiphers: string
  /** For the `ecdhCurve` of a TLS server; `undefined`: its default. */
  readonly openSslCurves: string | undefined
  readonly http2: boolean
  /** More than 0. */
  readonly http2MaxStreams: number
  /** SO_REUSEPORT. */
  readonly reusePort: boolean
  /** More than 0. */
  readonly requestTimeoutMs: number
  /** 0: no limit. */
  readonly maxRequestsInflight: number
  readonly shutdownDelayMs: number
}

export interface AuthenticationOptions {
  /** `undefined`: in-cluster. */
  readonly kubeconfig: string | undefined
  readonly skipLookup: boolean
  readonly tolerateLookupFailure: boolean
  /** 0: nothing is remembered. */
  readonly tokenCacheTtlMs: number
  /** `undefined`: from the cluster, unless `skipLookup`. */
  readonly clientCaFile: string | undefined
  readonly requestHeader: RequestHeaderOptions
}

/** What holds when `caFile` is given; else all of it comes from the cluster, unless `skipLookup`. */
export interface RequestHeaderOptions {
  readonly caFile: string | undefined
  /** Empty: every name. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

export interface AuthorizationOptions {
  /** `undefined`: in-cluster. */
  readonly kubeconfig: string | undefined
  /** A leading / does not matter; a trailing * stands for anything. */
  readonly alwaysAllowPaths: readonly string[]
  /** 0: nothing is remembered. */
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
}

export interface LoggingOptions {
  readonly format: 'text' | 'json'
  readonly verbosity: number
}
