import { X509Certificate } from 'node:crypto'
import { certificateBlocks } from '../tls/pem.ts'
import { member, text } from './json-value.ts'

/** How the front proxy shows whom it speaks for. */
export interface RequestHeaderConfig {
  /** PEM; who signed the front proxy's client certificate. */
  readonly caPem: string
  /** Common names that certificate may have; empty: any. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/** What the ConfigMap kube-system/extension-apiserver-authentication tells extension apiservers. */
export interface AuthenticationConfig {
  /** PEM; who signed the client certificates of the cluster's users. */
  readonly clientCaPem: string | undefined
  readonly requestHeader: RequestHeaderConfig | undefined
}

/** A value of the ConfigMap that cannot be used. The message names its key. */
export class AuthenticationConfigInvalid extends Error {
  override readonly name = 'AuthenticationConfigInvalid'
}

function certificates(data: unknown, key: string): string | undefined {
  const value = text(member(data, key))
  if (value === undefined) return undefined
  const blocks = certificateBlocks(value)
  if (blocks.length === 0) throw new AuthenticationConfigInvalid(`${key} has no certificate in it`)
  for (const block of blocks) {
    if (!isCertificate(block)) throw new AuthenticationConfigInvalid(`${key} has a certificate that cannot be read`)
  }
  return value
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

/** A JSON array of strings; an absent one is empty (k8s.io/apiserver, requestheader_controller.go). */
function names(data: unknown, key: string): readonly string[] {
  const value = text(member(data, key))
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

/** Who signed clients' certificates, of the ConfigMap's `data`; `undefined` when nobody is named. @throws AuthenticationConfigInvalid */
export const decodeClientCa = (data: unknown): string | undefined => certificates(data, 'client-ca-file')

/** How the front proxy shows whom it speaks for; `undefined` when there is none. @throws AuthenticationConfigInvalid */
export function decodeRequestHeader(data: unknown): RequestHeaderConfig | undefined {
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
