/** Go echoes any Audit-Id; we echo those that fit a header and a log line, and make a new one for the rest. */
const SANE = /^[\x21-\x7e]{1,128}$/

/**
 * The Audit-Id that an answer carries (apiserver, pkg/endpoints/filters/audit_init.go).
 * @param given the request's own header.
 */
export function auditId(given: string | string[] | undefined, newId: () => string): string {
  return typeof given === 'string' && SANE.test(given) ? given : newId()
}
