import type { Certificate } from './certificate.ts'

/** When a chain holds, milliseconds since the epoch, both inclusive. */
export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** What the end of a chain is to be used for. */
export type Purpose = 'client' | 'server'

const USAGE: Readonly<Record<Purpose, string>> = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' }
const ANY_USAGE = '2.5.29.37.0'
/**
 * Honest chains need one to three; a bundle may have several authorities of one name. Go's maxChainSignatureChecks is
 * 100, but there they do not hold up everybody else.
 */
export const MAX_SIGNATURE_CHECKS = 32
/** How many certificates are looked at as the next in a chain: those vouched for could be chained in many orders. */
const MAX_STEPS = 1000

interface Search {
  readonly leaf: Certificate
  /** Those that may stand between the leaf and a root, by their names and their extensions. */
  readonly between: readonly Certificate[]
  readonly found: Validity[]
  /** Whether a certificate was found to be signed by another, by both. */
  readonly signed: Map<Certificate, Map<Certificate, boolean>>
  signatureChecks: number
  steps: number
}

/** What every certificate of a chain must be, its end included. */
function isUsable({ hasUnsupportedCriticalExtension, extendedKeyUsages }: Certificate, purpose: Purpose): boolean {
  if (hasUnsupportedCriticalExtension) return false
  return extendedKeyUsages === undefined || extendedKeyUsages.some((u) => u === USAGE[purpose] || u === ANY_USAGE)
}

/** Whether it may sign others, by its own extensions. A root before version 3 has none that could say so. */
function mayIssue(certificate: Certificate, purpose: Purpose, isRoot: boolean): boolean {
  const { isAuthority, maySignCertificates, keyFault, version } = certificate
  if (keyFault !== undefined || !isUsable(certificate, purpose)) return false
  return maySignCertificates && (isAuthority || (isRoot && version < 3))
}

const isNamedBy = (parent: Certificate, child: Certificate): boolean => child.issuer.equals(parent.subject)

/** What the leaf may come from, going up by names alone. */
function namedAbove(leaf: Certificate, candidates: readonly Certificate[]): Certificate[] {
  const above: Certificate[] = []
  for (let children = [leaf]; children.length > 0; ) {
    const next = candidates.filter((one) => !above.includes(one) && children.some((child) => isNamedBy(one, child)))
    above.push(...next)
    children = next
  }
  return above
}

/** The one that the child's key identifier means comes first; others may still have signed it, as Go holds. */
function byKeyId(parents: readonly Certificate[], children: readonly Certificate[]): Certificate[] {
  const isMeant = ({ subjectKeyId }: Certificate) =>
    subjectKeyId !== undefined && children.some(({ authorityKeyId }) => authorityKeyId?.equals(subjectKeyId))
  return [...parents.filter(isMeant), ...parents.filter((parent) => !isMeant(parent))]
}

/** Verifies only with keys that a trusted certificate vouches for, because a stranger's key may cost much time. */
function isSignedBy(child: Certificate, parent: Certificate, search: Search): boolean {
  const known = search.signed.get(child)?.get(parent)
  if (known !== undefined) return known
  if (!child.hasAcceptedSignature || ++search.signatureChecks > MAX_SIGNATURE_CHECKS) return false
  let verdict = false
  try {
    verdict = child.x509.verify(parent.x509.publicKey)
  } catch {
    // OpenSSL cannot read that key: then it has proved nothing.
  }
  const verdicts = search.signed.get(child) ?? new Map<Certificate, boolean>()
  search.signed.set(child, verdicts.set(parent, verdict))
  return verdict
}

function validityOf(chain: readonly Certificate[]): Validity {
  return {
    notBeforeMs: Math.max(...chain.map((c) => c.notBeforeMs)),
    notAfterMs: Math.min(...chain.map((c) => c.notAfterMs)),
  }
}

const sameCertificate = (a: Certificate, b: Certificate): boolean => a.x509.raw.equals(b.x509.raw)

/**
 * Whether each has not more intermediates below it than it allows. @param chain from the root down, without the leaf.
 */
const keepsPathLengths = (chain: readonly Certificate[]): boolean =>
  chain.every(({ pathLength }, i) => pathLength === undefined || chain.length - 1 - i <= pathLength)

/** Goes down from what is trusted, one signature at a time. @param chain from the root down, all of it proven. */
function descend(chain: readonly Certificate[], parent: Certificate, search: Search): void {
  const { leaf, between, found } = search
  if (++search.steps > MAX_STEPS) return
  if (isNamedBy(parent, leaf) && keepsPathLengths(chain) && isSignedBy(leaf, parent, search)) {
    found.push(validityOf([...chain, leaf]))
  }
  for (const next of between) {
    if (!isNamedBy(parent, next) || chain.some((one) => sameCertificate(one, next))) continue
    if (isSignedBy(next, parent, search)) descend([...chain, next], next, search)
  }
}

/**
 * Every way in which `leaf` leads to one of `roots` and may be used for `purpose`, and when each holds: the rules of
 * Go's crypto/x509 Verify, except that the time is left to the caller (it goes on, the signatures stay) and that name
 * constraints are refused. A certificate that leads to no root by its names costs no signature check.
 * @param intermediates what the peer showed beside its own; they are trusted only as far as a root vouches for them.
 * @returns none when it is not trusted.
 */
export function findChains(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  purpose: Purpose,
): Validity[] {
  if (leaf.keyFault !== undefined || !isUsable(leaf, purpose)) return []
  if (roots.some((root) => sameCertificate(root, leaf))) return [validityOf([leaf])]
  const different = intermediates.filter((one, i) => !intermediates.slice(0, i).some((o) => sameCertificate(o, one)))
  const between = namedAbove(
    leaf,
    different.filter((one) => mayIssue(one, purpose, false)),
  )
  const children = [leaf, ...between]
  const above = roots.filter((root) => mayIssue(root, purpose, true) && children.some((one) => isNamedBy(root, one)))
  const search: Search = { leaf, between, found: [], signed: new Map(), signatureChecks: 0, steps: 0 }
  for (const root of byKeyId(above, children)) descend([root], root, search)
  return search.found
}

/** Whether one of the chains holds at this moment. */
export function holdsAt(chains: readonly Validity[], wallMs: number): boolean {
  return chains.some(({ notBeforeMs, notAfterMs }) => wallMs >= notBeforeMs && wallMs <= notAfterMs)
}
