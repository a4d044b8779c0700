import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)
const THRESHOLD_BYTES = 128 * 1024
/** The least CPU for about the same size (apiserver v0.33, defaultGzipContentEncodingLevel). */
const LEVEL = 1

export interface MaybeGzipped {
  readonly body: Buffer
  readonly encoding: 'gzip' | undefined
}

/**
 * Compresses answers of more than 128 KiB for clients that list `gzip` in Accept-Encoding, off the event loop's thread. As
 * apiserver's negotiateContentEncoding has it, only the bare word counts: `gzip;q=1` and `*` do not. Who sends a compressed
 * body adds `Content-Encoding: gzip` and `Vary: Accept-Encoding`.
 */
export async function maybeGzip(body: Buffer, acceptEncoding: string | undefined): Promise<MaybeGzipped> {
  const accepted = acceptEncoding?.split(',').some((token) => token.trim() === 'gzip') ?? false
  if (!accepted || body.length <= THRESHOLD_BYTES) return { body, encoding: undefined }
  return { body: await compress(body, { level: LEVEL }), encoding: 'gzip' }
}
