import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { NamedPair, TlsMaterial, TlsOptions } from '../options.ts'

/** The TLS contexts of a server, one for each certificate that it may show. */
export interface TlsContexts {
  /** That of `cert` and `key`, for the server itself. */
  options(): SecureContextOptions
  /** Node's SNICallback: called only when a client asks for a name. */
  forName(name: string, done: (error: Error | null, context?: SecureContext) => void): void
  /** What a client that asks for no name is shown at this address of ours; `undefined`: the server's own. */
  pairAt(address: string): NamedPair | undefined
  optionsOf(pair: NamedPair): SecureContextOptions
  renew(material: TlsMaterial): void
}

/**
 * Makes the contexts, those of named certificates when first asked for. Without authorities no client certificate is
 * trusted, not even a public one.
 */
export function createTlsContexts(tls: TlsOptions): TlsContexts {
  const { protocol = { minVersion: 'TLSv1.2', honorCipherOrder: true } } = tls
  let material: TlsMaterial = tls
  let named = new Map<NamedPair | undefined, SecureContext>()

  const optionsOf = ({ certPem: cert, keyPem: key }: NamedPair): SecureContextOptions => ({
    ...protocol,
    cert,
    key,
    ca: [...material.ca],
  })
  const options = () => optionsOf({ certPem: material.cert, keyPem: material.key })

  function contextOf(pair: NamedPair | undefined): SecureContext {
    let context = named.get(pair)
    if (context === undefined) {
      context = createSecureContext(pair === undefined ? options() : optionsOf(pair))
      named.set(pair, context)
    }
    return context
  }
  return {
    options,
    optionsOf,
    forName(name, done) {
      try {
        // Never left to the server's own context, which may be that of an address.
        done(null, contextOf(material.choose?.(name)))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
    pairAt: (address) => material.choose?.(address),
    renew(next) {
      material = next
      named = new Map()
    },
  }
}
