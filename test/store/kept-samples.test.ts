import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ContainerSample } from '../../src/model/sample.ts'
import { pod } from '../support/samples.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

const asked = useStore()
const unasked = useStore()

const count = fc.option(fc.nat({ max: 5e9 }), { nil: undefined })
const containerSample = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  startTimeMs: fc.option(fc.constantFrom(STARTED, T0 - 5000, T0 - 12_000), { nil: undefined }),
  cpuNanoseconds: fc.option(fc.constantFrom(0, 1e9, 2e9, 3e9, 2 ** 60), { nil: undefined }),
  cpuNanocores: fc.option(fc.constantFrom(0, 1e6, 2e8), { nil: undefined }),
  workingSetBytes: fc.option(fc.constantFrom(0, 1 << 20), { nil: undefined }),
  swapBytes: count,
  swapAvailableBytes: count,
  ephemeralStorageBytes: count,
})
const containers = fc.uniqueArray(containerSample, { selector: ({ name }) => name, maxLength: 3 })
const answers = fc.array(fc.record({ containers, uid: fc.constantFrom('u', undefined), hasTime: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
})

it('what is served does not depend on whether it was asked for after earlier answers', async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (all) => {
      for (const at of [asked, unasked]) at.store.forget('node-1')
      for (const { containers, uid, hasTime } of all) {
        const timeMs = hasTime ? cut(asked.clock.wallMs()) : undefined
        const listed = containers.map((sample): ContainerSample => ({ ...sample, timeMs }))
        for (const at of [asked, unasked]) at.put({ pods: [pod('web', listed, uid)] })
        asked.served()
        for (const at of [asked, unasked]) await at.clock.advance(15_000)
        expect(asked.served()?.containers.length ?? 0).toBe(asked.store.points().containers)
      }
      expect(unasked.served()).toEqual(asked.served())
      expect(asked.served()).toEqual(asked.served())
    }),
  )
})
