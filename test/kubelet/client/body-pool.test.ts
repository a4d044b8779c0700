import { describe, expect, it } from 'vitest'
import { createBodyPool } from '../../../src/kubelet/client/response-handler.ts'

const KIB = 1024

describe('the pool of bodies', () => {
  it('gives a buffer again only once it was handed back', () => {
    const pool = createBodyPool()
    const first = pool.take(70 * KIB)
    const second = pool.take(70 * KIB)
    expect(second.buffer).not.toBe(first.buffer)
    pool.give(first)
    expect(pool.take(71 * KIB)).toBe(first)
    expect(pool.take(71 * KIB)).not.toBe(first)
  })

  it('gives no buffer that is smaller than was asked for', () => {
    const pool = createBodyPool()
    pool.give(pool.take(10))
    expect(pool.take(300 * KIB).length).toBeGreaterThanOrEqual(300 * KIB)
  })

  it.each([
    ['a large one', 2 * KIB * KIB],
    ['an empty one', 0],
  ])('does not keep %s', (_, bytes) => {
    const pool = createBodyPool()
    const buffer = Buffer.alloc(bytes)
    pool.give(buffer)
    expect(pool.take(bytes)).not.toBe(buffer)
  })

  it('keeps no more than eight', () => {
    const pool = createBodyPool()
    const taken = Array.from({ length: 20 }, () => pool.take(10))
    for (const buffer of taken) pool.give(buffer)
    const again = Array.from({ length: 20 }, () => pool.take(10))
    expect(again.filter((buffer) => taken.includes(buffer))).toHaveLength(8)
  })
})
