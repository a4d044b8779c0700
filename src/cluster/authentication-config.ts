import { isDeepStrictEqual } from 'node:util'
import type { V1ConfigMap } from '@kubernetes/client-node'
import { PemError, readCertificates } from '../tls/pem.ts'
import { read, type Unchecked, unchecked } from './api-object.ts'
import { createListWatch, type ListWatchParts } from './informer/list-watch.ts'
import { text } from './json-value.ts'

/** What a front proxy must prove, and in which headers it names the user whom it speaks for. */
export interface RequestHeaderConfig {
  /** PEM bundle that the front proxy's client certificate must lead to. */
  readonly caPem: string
  /** Common names that certificate may have; empty: any. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/**
 * Who is trusted to say who a client is, as the ConfigMap kube-system/extension-apiserver-authentication reports it. A
 * part that is `undefined` is not known, or not wanted: it proves nothing.
 */
export interface AuthenticationConfig {
  /** PEM bundle that client certificates of the cluster's users must lead to. */
  readonly clientCaPem: string | undefined
  readonly requestHeader: RequestHeaderConfig | undefined
}

/** A value of the ConfigMap that cannot be used. The message names its key. */
export class AuthenticationConfigInvalid extends Error {
  override readonly name = 'AuthenticationConfigInvalid'
}

type Data = Unchecked<NonNullable<V1ConfigMap['data']>>

function certificates(data: Data, key: string): string | undefined {
  const value = text(read(data, key))
  if (value === undefined) return undefined
  try {
    readCertificates(value, key, ({ raw }) => raw)
    return value
  } catch (cause) {
    if (cause instanceof PemError) throw new AuthenticationConfigInvalid(cause.message, { cause })
    throw cause
  }
}

/** A JSON array of strings; an absent one is empty (k8s.io/apiserver, requestheader_controller.go). */
function names(data: Data, key: string): readonly string[] {
  const value = text(read(data, key))
  if (value === undefined) return []
  const parsed = jsonOf(value)
  if (parsed === null) return []
  if (!Array.isArray(parsed) || !parsed.every((name) => typeof name === 'string')) {
    throw new AuthenticationConfigInvalid(`${key} is not a JSON array of strings`)
  }
  return parsed
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/**
 * The client CA bundle in the ConfigMap's `data`; `undefined` when there is none. @throws AuthenticationConfigInvalid
 */
export const decodeClientCa = (data: unknown): string | undefined => certificates(unchecked(data), 'client-ca-file')

/**
 * The front proxy's part of the ConfigMap's `data`; `undefined` when it has no CA bundle. @throws
 * AuthenticationConfigInvalid
 */
export function decodeRequestHeader(value: unknown): RequestHeaderConfig | undefined {
  const data: Data = unchecked(value)
  const caPem = certificates(data, 'requestheader-client-ca-file')
  const headers = {
    allowedNames: names(data, 'requestheader-allowed-names'),
    usernameHeaders: names(data, 'requestheader-username-headers'),
    uidHeaders: names(data, 'requestheader-uid-headers'),
    groupHeaders: names(data, 'requestheader-group-headers'),
    extraHeaderPrefixes: names(data, 'requestheader-extra-headers-prefix'),
  }
  return caPem === undefined ? undefined : { caPem, ...headers }
}

const NAMESPACE = 'kube-system'
const NAME = 'extension-apiserver-authentication'
const FAULT_KEY = `configmap ${NAMESPACE}/${NAME}`

export interface AuthenticationConfigFollower {
  /** The last good state, `undefined` until there was one. */
  current(): AuthenticationConfig | undefined
  /** Called with each new state. Returns a function that removes the listener. */
  onChange(listener: (config: AuthenticationConfig) => void): () => void
  start(): void
  stop(): Promise<void>
}

/**
 * Follows the ConfigMap that the apiserver writes for extension apiservers, live. A half that cannot be used (the
 * clients' CA, the front proxy), or the ConfigMap's end, is reported and changes nothing: the last good one stays, as
 * in the Go server.
 */
export function followAuthenticationConfig(options: ListWatchParts): AuthenticationConfigFollower {
  const { client, clock, random, faults, log } = options
  const listeners = new Set<(config: AuthenticationConfig) => void>()
  let current: AuthenticationConfig | undefined

  function accept(config: AuthenticationConfig): void {
    if (isDeepStrictEqual(current, config)) return
    current = config
    log.info('Read the authentication configmap', {
      clientCa: config.clientCaPem !== undefined,
      requestHeader: config.requestHeader !== undefined,
    })
    for (const listener of listeners) listener(config)
  }
  const report = (err: string) =>
    faults.report(FAULT_KEY, 'Cannot use the authentication configmap; what was read before stays in use', { err })
  function take(configMap: object): void {
    const data = read(unchecked<V1ConfigMap>(configMap), 'data')
    const problems: string[] = []
    const attempt = <T>(decode: (data: unknown) => T | undefined): { readonly found: T | undefined } | undefined => {
      try {
        return { found: decode(data) }
      } catch (error) {
        if (!(error instanceof AuthenticationConfigInvalid)) throw error
        problems.push(error.message)
        return undefined
      }
    }
    const clientCa = attempt(decodeClientCa)
    const requestHeader = attempt(decodeRequestHeader)
    if (problems.length === 0) faults.resolve(FAULT_KEY)
    else report(problems.join('; '))
    // Until the front proxy has once been known, a half that cannot be read is waited for.
    if (requestHeader === undefined && current === undefined) return
    accept({
      clientCaPem: clientCa === undefined ? current?.clientCaPem : clientCa.found,
      requestHeader: requestHeader === undefined ? current?.requestHeader : requestHeader.found,
    })
  }
  const missing = () => report(`the configmap ${NAMESPACE}/${NAME} does not exist`)
  /** Only this one: a server that does not know the field selector sends others as well. */
  const decode = (object: unknown): object | undefined =>
    typeof object === 'object' &&
    object !== null &&
    text(read(unchecked<V1ConfigMap>(object), 'metadata', 'name')) === NAME
      ? object
      : undefined

  const listWatch = createListWatch<object>({
    client,
    clock,
    random,
    faults,
    log,
    path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    query: { fieldSelector: `metadata.name=${NAME}` },
    decode,
    onReplace: ([configMap]) => (configMap === undefined ? missing() : take(configMap)),
    onUpsert: take,
    onRemove: missing,
    name: 'authentication configuration',
  })
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: () => listWatch.start(),
    async stop() {
      await listWatch.stop()
      faults.forget(FAULT_KEY)
    },
  }
}
