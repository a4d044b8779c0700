import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressed } from '../../../src/api/server/respond.ts'

const answer = (bytes: number, headers: Record<string, string> = {}) => ({
  status: 200,
  contentType: 'application/json',
  body: Buffer.alloc(bytes, 'x'),
  headers,
})
const BIG = 128 * 1024 + 1

describe('an answer', () => {
  it('is compressed when it is big and the client takes that', async () => {
    const { body, headers } = await compressed(answer(BIG), 'gzip, deflate')
    expect(headers).toEqual({ vary: 'Accept-Encoding', 'content-encoding': 'gzip' })
    expect(gunzipSync(body)).toHaveLength(BIG)
  })

  it('keeps what else it varies by', async () => {
    const { headers } = await compressed(answer(BIG, { vary: 'Accept' }), 'gzip')
    expect(headers?.vary).toBe('Accept, Accept-Encoding')
  })

  it.each([
    ['small', answer(BIG - 1), 'gzip'],
    ['for a client that takes none', answer(BIG), undefined],
    ['for a client that takes another', answer(BIG), 'br'],
    ['compressed already', answer(BIG, { 'content-encoding': 'gzip' }), 'gzip'],
  ])('stays as it is when it is %s', async (_, given, acceptEncoding) => {
    expect(await compressed(given, acceptEncoding)).toBe(given)
  })
})
