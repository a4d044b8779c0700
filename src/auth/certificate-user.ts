import { hash } from 'node:crypto'
import type { User } from '../model/identity.ts'
import type { Certificate } from '../tls/certificate.ts'

const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
/** Kubernetes' own (apimachinery, pkg/apis/asn1), read since 1.33. */
const KUBERNETES_UID = '1.3.6.1.4.1.57683.2'
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

const valuesOf = ({ attributes }: Certificate, type: string): string[] =>
  attributes.filter((attribute) => attribute.type === type).map(({ value }) => value)

/** The last common name, as Go's pkix.Name keeps it; empty when there is none. */
export const commonNameOf = (certificate: Certificate): string => valuesOf(certificate, COMMON_NAME).at(-1) ?? ''

/** A subject that names no user: `nobody` has no common name, `invalid` more than one UID, or an empty one. */
export type CertificateHolder = User | 'nobody' | 'invalid'

/** Whom a verified client certificate names (apiserver, pkg/authentication/request/x509, CommonNameUserConversion). */
export function holderOf(certificate: Certificate): CertificateHolder {
  const name = commonNameOf(certificate)
  if (name === '') return 'nobody'
  const uids = valuesOf(certificate, KUBERNETES_UID)
  if (uids.length > 1 || uids[0] === '') return 'invalid'
  return {
    name,
    uid: uids[0],
    groups: valuesOf(certificate, ORGANIZATION),
    extra: new Map([[CREDENTIAL_ID, [`X509SHA256=${hash('sha256', certificate.x509.raw)}`]]]),
  }
}
