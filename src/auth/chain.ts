import type { Certificate } from './certificate.ts'

/** When a chain holds, milliseconds since the epoch, both inclusive. */
export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const ANY_USAGE = '2.5.29.37.0'
/** Whoever shows many look-alike certificates shall not buy much of our time; honest chains need two or three checks. */
const MAX_SIGNATURE_CHECKS = 30

interface Search {
  readonly intermediates: readonly Certificate[]
  readonly roots: readonly Certificate[]
  readonly found: Validity[]
  signatureChecks: number
}

function isForClients({ extendedKeyUsages }: Certificate): boolean {
  return extendedKeyUsages === undefined || extendedKeyUsages.some((u) => u === CLIENT_AUTH || u === ANY_USAGE)
}

/** What every certificate of a chain must be, its end included. */
const isUsable = (certificate: Certificate): boolean => !certificate.beyondUs && isForClients(certificate)

/** Whether `parent` may stand at the top of `chain`. A root of version 1 cannot say that it is an authority. */
function mayIssue(parent: Certificate, chain: readonly Certificate[], isRoot: boolean): boolean {
  if (!isUsable(parent)) return false
  if (!parent.isAuthority && !(isRoot && parent.version < 3)) return false
  return parent.pathLength === undefined || chain.length - 1 <= parent.pathLength
}

/** The signature, the names, and that the parent's key usage lets it sign certificates (which `checkIssued` sees to). */
function isSignedBy(child: Certificate, parent: Certificate, search: Search): boolean {
  if (!child.issuer.equals(parent.subject) || !child.soundSignature) return false
  if (++search.signatureChecks > MAX_SIGNATURE_CHECKS) return false
  try {
    return child.x509.checkIssued(parent.x509) && child.x509.verify(parent.x509.publicKey)
  } catch {
    // OpenSSL does not know that kind of key: then it has proved nothing.
    return false
  }
}

function validityOf(chain: readonly Certificate[]): Validity {
  return {
    notBeforeMs: Math.max(...chain.map((c) => c.notBeforeMs)),
    notAfterMs: Math.min(...chain.map((c) => c.notAfterMs)),
  }
}

const sameCertificate = (a: Certificate, b: Certificate): boolean => a.x509.raw.equals(b.x509.raw)

function extend(chain: readonly Certificate[], last: Certificate, search: Search): void {
  for (const root of search.roots) {
    if (mayIssue(root, chain, true) && isSignedBy(last, root, search)) search.found.push(validityOf([...chain, root]))
  }
  for (const next of search.intermediates) {
    if (chain.some((c) => sameCertificate(c, next))) continue
    if (mayIssue(next, chain, false) && isSignedBy(last, next, search)) extend([...chain, next], next, search)
  }
}

/**
 * Every way in which `leaf` leads to one of `roots` and may be used by a client, and when each holds: the rules of Go's
 * crypto/x509 Verify with ExtKeyUsageClientAuth, except that the time is left to the caller (it goes on, the signatures
 * stay) and that name constraints are refused.
 * @param intermediates what the peer showed beside its own; they are trusted only as far as a root vouches for them.
 * @returns none when it is not trusted.
 */
export function findChains(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
): Validity[] {
  if (!isUsable(leaf)) return []
  if (roots.some((root) => sameCertificate(root, leaf))) return [validityOf([leaf])]
  const search: Search = { intermediates, roots, found: [], signatureChecks: 0 }
  extend([leaf], leaf, search)
  return search.found
}

/** Whether one of the chains holds at this moment. */
export function holdsAt(chains: readonly Validity[], wallMs: number): boolean {
  return chains.some(({ notBeforeMs, notAfterMs }) => wallMs >= notBeforeMs && wallMs <= notAfterMs)
}
