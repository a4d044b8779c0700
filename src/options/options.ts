import type { AddressType } from '../model/cluster-objects.ts'
import type { SniCertificateFiles } from '../tls/sni-certificates.ts'
import { authentication, authorization, generic, secureServing } from './apiserver-flags.ts'
import { chooseCiphers, chooseCurves } from './cipher-suites.ts'
import type { Values } from './flag.ts'
import { kubeletClient, logging, metricsServer } from './flags.ts'

/**
 * Everything that the command line decides: complete, checked, and frozen all through. Files are paths, not read yet.
 */
export interface Options {
  /** `undefined`: in-cluster. */
  readonly kubeconfig: string | undefined
  /** At least 10,000. */
  readonly metricResolutionMs: number
  /** At least one metric resolution. */
  readonly sampleRetentionMs: number
  /** Serve /metrics/resource. */
  readonly exposeResourceMetrics: boolean
  /** How often ephemeral storage is scraped, at least a metric resolution; `undefined`: never. */
  readonly storageResolutionMs: number | undefined
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

interface ServingOptions {
  readonly port: number
  /** An IP address; `undefined`: every address of both families (0.0.0.0 and :: mean that to the Go server). */
  readonly bindAddress: string | undefined
  readonly certDir: string
  /** Given together with the key or not at all. */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly sniCertKeys: readonly SniCertificateFiles[]
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
  /** 0: nothing is cached. */
  readonly tokenCacheTtlMs: number
  /** `undefined`: from the cluster, unless `skipLookup`. */
  readonly clientCaFile: string | undefined
  readonly requestHeader: RequestHeaderOptions
}

/** What holds when `caFile` is given; else all of it comes from the cluster, unless `skipLookup`. */
interface RequestHeaderOptions {
  readonly caFile: string | undefined
  /** Empty: every name. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

interface AuthorizationOptions {
  /** `undefined`: in-cluster. */
  readonly kubeconfig: string | undefined
  /** A leading / does not matter; a trailing * stands for anything. */
  readonly alwaysAllowPaths: readonly string[]
  /** 0: nothing is cached. */
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
}

interface LoggingOptions {
  readonly format: 'text' | 'json'
  readonly verbosity: number
}

/** Streams to a connection unless said otherwise (kubernetes/apiserver, pkg/server/secure_serving.go). */
const DEFAULT_HTTP2_STREAMS = 100
const DEFAULT_RETENTION_RESOLUTIONS = 3

/** Makes the options of values that broke no rule. */
export function buildOptions(values: Values): Options {
  const metricResolutionMs = values.of(metricsServer.metricResolution)
  return deepFreeze({
    kubeconfig: fileOf(values.of(metricsServer.kubeconfig)),
    metricResolutionMs,
    sampleRetentionMs: values.of(metricsServer.sampleRetention) || DEFAULT_RETENTION_RESOLUTIONS * metricResolutionMs,
    exposeResourceMetrics: values.of(metricsServer.exposeResourceMetrics),
    storageResolutionMs: storageResolutionMs(values, metricResolutionMs),
    nodeSelector: values.of(kubeletClient.nodeSelector).trim(),
    kubelet: kubeletOptions(values),
    serving: servingOptions(values),
    authentication: authenticationOptions(values),
    authorization: {
      kubeconfig: fileOf(values.of(authorization.kubeconfig)),
      alwaysAllowPaths: values.of(authorization.alwaysAllowPaths),
      authorizedTtlMs: values.of(authorization.authorizedTtl),
      unauthorizedTtlMs: values.of(authorization.unauthorizedTtl),
    },
    logging: { format: values.of(logging.format), verbosity: values.of(logging.verbosity) },
  })
}

function storageResolutionMs({ of }: Values, metricResolutionMs: number): number | undefined {
  if (!of(metricsServer.extraResources).includes('ephemeral-storage')) return undefined
  // A resolution that is not given is the default, or that of the metrics where these are scraped less often.
  return Math.max(of(metricsServer.extraResourcesResolution), metricResolutionMs)
}

function kubeletOptions(values: Values): KubeletOptions {
  const { of } = values
  return {
    insecureTls: of(kubeletClient.insecureTls),
    port: of(kubeletClient.port),
    useNodeStatusPort: of(kubeletClient.useNodeStatusPort),
    // Held by the rule on address types.
    preferredAddressTypes: [...new Set(of(kubeletClient.preferredAddressTypes))] as AddressType[],
    caFile: fileOf(of(kubeletClient.caFile)),
    clientCertFile: fileOf(of(kubeletClient.clientCertFile)),
    clientKeyFile: fileOf(of(kubeletClient.clientKeyFile)),
    requestTimeoutMs: of(kubeletClient.requestTimeout),
    completelyInsecure: of(kubeletClient.completelyInsecure),
    metricsSource: of(kubeletClient.metricsSource),
  }
}

function servingOptions({ of }: Values): ServingOptions {
  const cipherSuites = of(secureServing.cipherSuites)
  const address = of(secureServing.bindAddress)
  return {
    port: of(secureServing.port),
    bindAddress: isUnspecified(address) ? undefined : address,
    certDir: of(secureServing.certDir),
    certFile: fileOf(of(secureServing.certFile)),
    keyFile: fileOf(of(secureServing.keyFile)),
    sniCertKeys: of(secureServing.sniCertKeys),
    minVersion: of(secureServing.minVersion) === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
    cipherSuites,
    openSslCiphers: chooseCiphers(cipherSuites).openSsl,
    openSslCurves: chooseCurves(of(secureServing.curvePreferences)).openSsl,
    http2: !of(secureServing.disableHttp2),
    http2MaxStreams: of(secureServing.http2MaxStreams) || DEFAULT_HTTP2_STREAMS,
    reusePort: of(secureServing.permitPortSharing),
    requestTimeoutMs: of(generic.requestTimeout),
    maxRequestsInflight: of(generic.maxRequestsInflight),
    shutdownDelayMs: of(generic.shutdownDelay),
  }
}

function authenticationOptions({ of }: Values): AuthenticationOptions {
  return {
    kubeconfig: fileOf(of(authentication.kubeconfig)),
    skipLookup: of(authentication.skipLookup),
    tolerateLookupFailure: of(authentication.tolerateLookupFailure),
    tokenCacheTtlMs: of(authentication.tokenCacheTtl),
    clientCaFile: fileOf(of(authentication.clientCaFile)),
    requestHeader: {
      caFile: fileOf(of(authentication.requestHeaderCaFile)),
      allowedNames: of(authentication.requestHeaderAllowedNames),
      usernameHeaders: of(authentication.requestHeaderUsernameHeaders),
      uidHeaders: of(authentication.requestHeaderUidHeaders),
      groupHeaders: of(authentication.requestHeaderGroupHeaders),
      extraHeaderPrefixes: of(authentication.requestHeaderExtraHeaderPrefixes),
    },
  }
}

const fileOf = (path: string): string | undefined => (path === '' ? undefined : path)

/** 0.0.0.0 and :: in whatever spelling, and nothing at all. */
const isUnspecified = (address: string): boolean => /^[0:.]*$/.test(address)

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) deepFreeze(part)
    Object.freeze(value)
  }
  return value
}
