/** Blocks with headers are passed over, as client-go does (util/cert, ParseCertsPEM; crypto/x509, AppendCertsFromPEM). */
const BLOCK = /-----BEGIN CERTIFICATE-----[^-:]*-----END CERTIFICATE-----/g

/** The certificates of a PEM text, each as it stands there, in their order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(BLOCK) ?? []
}
