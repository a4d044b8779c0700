import { expect, it } from 'vitest'
import { pod, resource } from '../support/samples.ts'
import { useStore } from './store-fixture.ts'

const at = useStore()
const node = (cores: number) => {
  const { name: _, ...sample } = at.burning('node', cores)
  return resource(sample)
}
const silent = () => at.burning('app', 0.1, { cpuNanoseconds: undefined, cpuNanocores: undefined })

it('of a node that never answered nothing is held', () => {
  expect(at.store.nodeStatus('node-1')).toBeUndefined()
})

it('of a node is held when its sample was taken, and how many of its pods can be served', async () => {
  for (let i = 0; i < 2; i++) {
    at.put({ node: node(0.5), pods: [pod('web', [at.burning('app', 0.1)]), pod('mute', [silent()])] })
    if (i === 0) await at.clock.advance(15_000)
  }
  const { timestampMs } = at.store.node('node-1') ?? {}
  expect(timestampMs).toBeDefined()
  expect(at.store.nodeStatus('node-1')).toEqual({ timestampMs, pods: { reported: 2, served: 1 } })
})

it('past the retention nothing of it is served, and it still tells how many pods it reported', async () => {
  at.put({ node: node(0.5), pods: [pod('web', [at.burning('app', 0.1)])] })
  await at.clock.advance(15_000)
  at.put({ node: node(0.5), pods: [pod('web', [at.burning('app', 0.1)])] })
  await at.clock.advance(60_000)
  expect(at.store.nodeStatus('node-1')).toEqual({ timestampMs: undefined, pods: { reported: 1, served: 0 } })
})
