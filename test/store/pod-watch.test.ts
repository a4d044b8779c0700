import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import { pod } from '../support/samples.ts'
import { useStore } from './store-fixture.ts'

const at = useStore()
const record = (name: string, uid = 'u') => ({ namespace: 'default', name, uid, labels: NO_LABELS })
/** Tells whether these pods may be served otherwise than now. */
function read(names: readonly string[]): () => boolean {
  const watch = at.store.watchPods(names.map((name) => record(name)))
  for (const index of names.keys()) watch.read(index)
  return () => watch.changedFrom(0) === names.length
}
const web = (cores = 1) => pod('web', [at.burning('main', cores, { cpuNanocores: cores * 1e9 })], 'u')
const other = () => pod('other', [at.burning('main', 1, { cpuNanocores: 1e9 })], 'u')

describe('what tells whether pods are still served as they were', () => {
  it('says so until the next answer of the node', async () => {
    at.put({ pods: [web()] })
    const isUnchanged = read(['web'])
    await at.clock.advance(5000)
    expect(isUnchanged()).toBe(true)
    at.put({ pods: [web()] })
    expect(isUnchanged()).toBe(false)
  })

  it('is not concerned with other nodes and pods', async () => {
    at.put({ pods: [web()] })
    const isUnchanged = read(['web'])
    at.put({ pods: [other()] }, 'node-2')
    expect(isUnchanged()).toBe(true)
  })

  it('denies it once one of them is gone from its node, or its node from the cluster', async () => {
    at.put({ pods: [web(), other()] })
    const isUnchanged = read(['web'])
    await at.clock.advance(15_000)
    at.put({ pods: [other()] })
    expect(isUnchanged()).toBe(true)
    await at.clock.advance(15_000)
    at.put({ pods: [other()] })
    expect(isUnchanged()).toBe(false)
    const isOtherUnchanged = read(['other'])
    at.store.forget('node-1')
    expect(isOtherUnchanged()).toBe(false)
  })

  it('denies it once a sample is older than the retention', async () => {
    at.put({ pods: [web()] })
    const isUnchanged = read(['web'])
    await at.clock.advance(45_001)
    expect(isUnchanged()).toBe(false)
  })

  it('denies it once a pod that was not served is', () => {
    const watch = at.store.watchPods([record('web')])
    expect(watch.read(0)).toBe(undefined)
    at.put({ pods: [web()] })
    expect(watch.changedFrom(0)).toBe(0)
    expect(watch.read(0)).toEqual(at.served())
  })

  it('denies it once another node reports the pod, and as long as it does', () => {
    at.put({ pods: [web()] })
    const isUnchanged = read(['web'])
    at.put({ pods: [web()] }, 'node-2')
    expect(isUnchanged()).toBe(false)
    expect(read(['web'])()).toBe(false)
  })

  const step = fc.record({
    node: fc.constantFrom('node-1', 'node-2', 'node-3'),
    pods: fc.subarray(['web', 'other', 'third']),
    uid: fc.constantFrom('u', 'v', undefined),
    rests: fc.boolean(),
    forgets: fc.boolean(),
    waitMs: fc.constantFrom(0, 1000, 15_000, 46_000),
  })

  it('never says so of a pod that is served otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const node of ['node-1', 'node-2', 'node-3']) at.store.forget(node)
        const records = ['web', 'other', 'third'].map((name) => record(name))
        const seen: { served: unknown; isUnchanged: () => boolean; of: (typeof records)[number] }[] = []
        for (const { node, pods, uid, rests, forgets, waitMs } of steps) {
          if (forgets) at.store.forget(node)
          const cores = rests ? 0 : 1
          at.put({ pods: pods.map((name) => pod(name, [at.burning('main', cores, { cpuNanocores: 1e9 })], uid)) }, node)
          await at.clock.advance(waitMs)
          for (const { served, isUnchanged, of } of seen) {
            if (isUnchanged()) expect(at.store.pod(of)).toEqual(served)
          }
          for (const of of records) {
            seen.push({ of, served: at.store.pod(of), isUnchanged: read([of.name]) })
          }
        }
      }),
    )
  })
})
