import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Pieces } from '../media.ts'

/** The least CPU for about the same size (apiserver v0.33, defaultGzipContentEncodingLevel). */
const GZIP_LEVEL = 1

export const takesGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding?.split(',').some((token) => token.trim() === 'gzip') ?? false

/**
 * What is made while it is sent, asked for as the client takes it. Who ends the stream, or breaks it off, ends the making;
 * an error goes to whoever reads.
 */
export function streamOf({ pieces }: Pieces, gzip: boolean): Readable {
  const stream = Readable.from(pieces, { objectMode: false })
  return gzip ? pipeline(stream, createGzip({ level: GZIP_LEVEL }), () => {}) : stream
}
