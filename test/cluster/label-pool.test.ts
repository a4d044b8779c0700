import { expect, it } from 'vitest'
import { createLabelPool } from '../../src/cluster/pod-cache.ts'
import type { Labels } from '../../src/kubernetes/labels.ts'

it('gives equal sets as one, and different ones apart', () => {
  const pool = createLabelPool(() => [])
  const first = pool.intern(['a', 'b', 'c', 'd'])
  expect(pool.intern(['a', 'b', 'c', 'd'])).toBe(first)
  expect(pool.intern(['a', 'bc', 'd', ''])).not.toBe(first)
  expect(pool.intern([])).toBe(pool.intern([]))
  expect(pool.size).toBe(2)
})

it('forgets what is no longer in use, and keeps what is', () => {
  const inUse: Labels[] = []
  const pool = createLabelPool(() => inUse)
  for (let i = 0; i < 100; i++) inUse.push(pool.intern(['app', `kept-${i}`]))
  for (let i = 0; i < 20_000; i++) {
    pool.intern(['app', `gone-${i}`])
    pool.sweep()
    expect(pool.size).toBeLessThanOrEqual(1025)
  }
  for (const [i, labels] of inUse.entries()) expect(pool.intern(['app', `kept-${i}`])).toBe(labels)
})
