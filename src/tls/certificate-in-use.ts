import { X509Certificate } from 'node:crypto'
import type { Validity } from './chain.ts'
import { certificateBlocks } from './pem.ts'

/** A certificate in use, or a bundle of authorities. */
export interface CertificateInUse {
  /** What it is for: "serving", "client-ca". */
  readonly purpose: string
  /** The file, or whatever else it comes from. */
  readonly source: string
  readonly pem: string
  /** A bundle of authorities, which is good for as long as its last one; else the first certificate counts. */
  readonly bundle: boolean
}

/** When it begins and ends; `undefined` when there is no certificate in it. */
export function validityOf({ pem, bundle }: Pick<CertificateInUse, 'pem' | 'bundle'>): Validity | undefined {
  const blocks = certificateBlocks(pem)
  const all = (bundle ? blocks : blocks.slice(0, 1)).map((block) => {
    const { validFromDate, validToDate } = new X509Certificate(block)
    return { notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() }
  })
  return all.reduce<Validity | undefined>(
    (last, one) => (last === undefined || one.notAfterMs > last.notAfterMs ? one : last),
    undefined,
  )
}
