import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { PemConverter } from '@peculiar/x509'

/** The kind of every key made here, and the hash it signs with. */
export const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export const newKeys = (): Promise<webcrypto.CryptoKeyPair> => crypto.subtle.generateKey(KEY, true, ['sign', 'verify'])

/** PKCS #8. */
export const pemOfKey = async (key: CryptoKey): Promise<string> =>
  PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

/** 64 random bits, in hexadecimal. */
export const serialNumber = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')
