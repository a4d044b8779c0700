/** Those with headers are none that anybody reads. */
const BLOCK = /-----BEGIN CERTIFICATE-----[^-:]*-----END CERTIFICATE-----/g

/** The certificates of a PEM text, each as it stands there, in their order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(BLOCK) ?? []
}
