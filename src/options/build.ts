import type { AddressType } from '../model/cluster-objects.ts'
import { chooseCiphers, chooseCurves } from './cipher-suites.ts'
import type { Values } from './flag.ts'
import { authentication } from './flags/authentication.ts'
import { authorization } from './flags/authorization.ts'
import { generic } from './flags/generic.ts'
import { kubeletClient } from './flags/kubelet-client.ts'
import { logging } from './flags/logging.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { secureServing } from './flags/secure-serving.ts'
import type { AuthenticationOptions, KubeletOptions, Options, ServingOptions } from './options.ts'

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
