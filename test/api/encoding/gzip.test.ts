import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { maybeGzip } from '../../../src/api/encoding/gzip.ts'

const SMALL = Buffer.alloc(128 * 1024, 'a')
const LARGE = Buffer.alloc(128 * 1024 + 1, 'a')

it.each([
  'gzip',
  'br, gzip',
  ' gzip ,deflate',
])('an answer of more than 128 KiB is compressed for %j', async (accepted) => {
  const { body, encoding } = await maybeGzip(LARGE, accepted)
  expect(encoding).toBe('gzip')
  expect(body.length).toBeLessThan(LARGE.length)
  expect(gunzipSync(body).equals(LARGE)).toBe(true)
})

it.each([undefined, '', 'br', 'identity', 'gzip;q=1', '*', 'GZIP', 'xgzip'])('for %j it is not', async (accepted) => {
  expect(await maybeGzip(LARGE, accepted)).toEqual({ body: LARGE, encoding: undefined })
})

it('an answer of 128 KiB is sent as it is', async () => {
  expect(await maybeGzip(SMALL, 'gzip')).toEqual({ body: SMALL, encoding: undefined })
})
