import { describe, expect, it } from 'vitest'
import { soak } from './soak.ts'

describe('half a minute of kubelets that hang, lie and restart', () => {
  it('brings no answer that is wrong for its window', { timeout: 120_000 }, async () => {
    const said: string[] = []
    const report = await soak({
      nodes: 20,
      podsPerNode: 8,
      seed: 7,
      lastsMs: 36_000,
      mischiefEveryMs: 4000,
      // Until the store knows what to do with them.
      oddities: true,
      slowKubelets: false,
      storage: true,
      say: (line) => void said.push(line),
    })
    expect(report.wrong, said.join('\n')).toEqual([])
    expect(report.refused, said.join('\n')).toBe(0)
    // Two samples of every node at least, each with its pods.
    expect(report.judged.node).toBeGreaterThanOrEqual(20)
    expect(report.judged.pod).toBeGreaterThanOrEqual(2 * 20 * 8)
    expect(report.coverage).toBeGreaterThan(0.9)
    expect(report.storages).toBeGreaterThan(20 * 8)
  })
})
