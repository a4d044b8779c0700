import 'reflect-metadata'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { KEY, newKeys, pemOfKey, serialNumber } from './keys.ts'

const DAY_MS = 86_400_000

/** A certificate and its key, both PEM. */
export interface Pair {
  readonly certPem: string
  readonly keyPem: string
}

export interface LeafRequest {
  readonly commonName: string
  /** Groups, for a client certificate. */
  readonly organizations?: readonly string[]
  readonly dns?: readonly string[]
  readonly ips?: readonly string[]
  readonly usage: 'server' | 'client'
  /** Valid from yesterday, for a year, when left out. */
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** A development certificate authority that lives in memory. */
export interface Authority {
  readonly certPem: string
  readonly keyPem: string
  issue(request: LeafRequest): Promise<Pair>
}

function nameOf(request: LeafRequest): x509.JsonName {
  const organizations = (request.organizations ?? []).map((o) => ({ O: [o] }))
  return [...organizations, { CN: [request.commonName] }]
}

function extensionsOf(request: LeafRequest): x509.Extension[] {
  const usage = request.usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth
  const names: x509.JsonGeneralNames = [
    ...(request.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ips ?? []).filter((ip) => isIP(ip) !== 0).map((value) => ({ type: 'ip' as const, value })),
  ]
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ]
}

/** Makes a self-signed CA (EC P-256, ten years) that issues leaves. For development, tests and the simulated cluster. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    keys,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const issue = async (request: LeafRequest): Promise<Pair> => {
    const leafKeys = await newKeys()
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: new x509.Name(nameOf(request)).toString(),
      issuer: certificate.subject,
      notBefore: request.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: request.notAfter ?? new Date(Date.now() + 365 * DAY_MS),
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: KEY,
      extensions: extensionsOf(request),
    })
    return { certPem: leaf.toString('pem'), keyPem: await pemOfKey(leafKeys.privateKey) }
  }
  return { certPem: certificate.toString('pem'), keyPem: await pemOfKey(keys.privateKey), issue }
}
