import { describe, expect, it } from 'vitest'
import { BENCHMARKS } from '../../bench/benchmarks.ts'
import { systemStopwatch } from '../../bench/measure.ts'
import { runAll } from '../../bench/run.ts'

describe('every benchmark', () => {
  it('has a name of its own', () => {
    const names = BENCHMARKS.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it.each(BENCHMARKS.map((b) => [b.name, b] as const))('runs: %s', async (_, benchmark) => {
    const [result] = await runAll([benchmark], { warmUpMs: 1, sampleMs: 1, samples: 1 }, systemStopwatch)
    expect(result?.wallUs).toBeGreaterThan(0)
    expect(result?.size).not.toBe('')
  })
})
