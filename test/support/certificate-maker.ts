import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { KEY, newKeys, pemOfKey, serialNumber } from '../../certs/keys.ts'

const DAY_MS = 86_400_000
export const CLIENT_AUTH = x509.ExtendedKeyUsage.clientAuth
export const SERVER_AUTH = x509.ExtendedKeyUsage.serverAuth

export interface Shape {
  /** Relative names in their order; several keys in one: a multi-valued part. Keys may be object identifiers. */
  readonly subject: x509.JsonName
  readonly authority?: boolean
  readonly pathLength?: number
  readonly keyUsage?: number
  /** Without the extension when left out or empty. */
  readonly extendedKeyUsages?: readonly string[]
  readonly extensions?: readonly x509.Extension[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** SHA-256 when left out. */
  readonly signatureHash?: string
}

/** A certificate of any shape, good or bad, with its key, and the power to sign others with it. */
export interface Made {
  readonly certPem: string
  readonly keyPem: string
  sign(shape: Shape): Promise<Made>
  /** Another certificate of the same key, signed by itself. */
  renew(shape: Shape): Promise<Made>
  /** A certificate of another's key, signed by this one. */
  certify(other: Made, shape: Shape): Promise<Made>
  readonly keys: webcrypto.CryptoKeyPair
}

const pemOf = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`

function extensionsOf(shape: Shape): x509.Extension[] {
  const extensions = [...(shape.extensions ?? [])]
  if (shape.authority !== undefined) {
    extensions.push(new x509.BasicConstraintsExtension(shape.authority, shape.pathLength, true))
  }
  if (shape.keyUsage !== undefined) extensions.push(new x509.KeyUsagesExtension(shape.keyUsage, true))
  if (shape.extendedKeyUsages?.length) extensions.push(new x509.ExtendedKeyUsageExtension([...shape.extendedKeyUsages]))
  return extensions
}

interface Issuer {
  readonly name: string
  readonly keys: webcrypto.CryptoKeyPair
}

async function make(shape: Shape, issuer?: Issuer, its?: webcrypto.CryptoKeyPair): Promise<Made> {
  const keys = its ?? (await newKeys())
  const subject = new x509.Name(shape.subject).toString()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: issuer?.name ?? subject,
    notBefore: shape.notBefore ?? new Date(Date.now() - DAY_MS),
    notAfter: shape.notAfter ?? new Date(Date.now() + 365 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...KEY, hash: shape.signatureHash ?? KEY.hash },
    extensions: extensionsOf(shape),
  })
  return {
    certPem: pemOf(certificate),
    keyPem: await pemOfKey(keys.privateKey),
    keys,
    sign: (child) => make(child, { name: subject, keys }),
    renew: (again) => make(again, undefined, keys),
    certify: (other, as) => make(as, { name: subject, keys }, other.keys),
  }
}

/** A certificate that signs itself. */
export const selfSigned = (shape: Shape): Promise<Made> => make(shape)

/** A root as kubeadm makes them. */
export const makeRoot = (commonName: string, shape: Partial<Shape> = {}): Promise<Made> =>
  make({ subject: [{ CN: [commonName] }], authority: true, ...shape })

/** A client of this name, in these groups. */
export const clientShape = (commonName: string, groups: readonly string[] = []): Shape => ({
  subject: [...groups.map((O) => ({ O: [O] })), { CN: [commonName] }],
  extendedKeyUsages: [CLIENT_AUTH],
})
