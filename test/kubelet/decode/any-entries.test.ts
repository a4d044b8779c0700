import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import { type PlainPod, plain } from '../../support/plain-samples.ts'
import { container } from '../../support/samples.ts'
import { expositionOf, summaryOf } from './entry-texts.ts'
import { inOrder, podsOf } from './pods-of-entries.ts'

const decodeSummary = createSummaryDecoder()
const decodeExposition = createExpositionDecoder()
const fromSummary = (entries: readonly PlainPod[]) => plain(decodeSummary(Buffer.from(summaryOf(entries))))
const fromExposition = (entries: readonly PlainPod[]) => plain(decodeExposition(Buffer.from(expositionOf(entries))))

const NOW = Date.UTC(2026, 0)

describe('any entries', () => {
  const start = fc.constantFrom(undefined, NOW - 5000, NOW - 4000, NOW - 3000)
  const one = fc.record({
    name: fc.constantFrom('', 'a', 'b', 'c'),
    timeMs: fc.constantFrom(NOW, NOW, NOW - 7000),
    startTimeMs: start,
    cpuNanoseconds: fc.constantFrom(undefined, 1e9, 2e9, 3e9),
    workingSetBytes: fc.constantFrom(5, 6),
  })
  const entriesOf = (uid: fc.Arbitrary<string | undefined>) =>
    fc.array(
      fc.record({
        namespace: fc.constantFrom('n', 'm'),
        name: fc.constantFrom('p', 'q'),
        uid,
        containers: fc.array(one, { maxLength: 4 }).map((all) => all.map(({ name, ...rest }) => container(name, rest))),
      }),
      { maxLength: 6 },
    )
  const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length })

  it('lead to the same pods in any order, and to those that a plain reading gives', () => {
    const anyEntries = entriesOf(fc.constantFrom(undefined, 'u', 'v'))
    const withOrder = anyEntries.chain((entries) => fc.tuple(fc.constant(entries), shuffled(entries)))
    fc.assert(
      fc.property(withOrder, ([entries, others]) => {
        const turned = others.map((each) => ({ ...each, containers: each.containers.toReversed() }))
        const [one, other] = [fromSummary(entries), fromSummary(turned)]
        expect(inOrder(one.pods)).toStrictEqual(podsOf(entries))
        expect(inOrder(other.pods)).toStrictEqual(podsOf(entries))
        expect(one.leftOut?.reason).toBe(other.leftOut?.reason)
      }),
      { numRuns: 1000 },
    )
  })

  it('lead to the same pods in either format, where each pod is listed once', () => {
    // Of several series of a container, it cannot be known which belong together where one has not all of them.
    const isTold = ({ containers }: PlainPod) =>
      containers.every((one) =>
        containers.every((other) => {
          const isSame = (a: unknown, b: unknown) => (a === undefined) === (b === undefined)
          const { name, startTimeMs, cpuNanoseconds } = one
          return (
            name !== other.name ||
            (isSame(startTimeMs, other.startTimeMs) && isSame(cpuNanoseconds, other.cpuNanoseconds))
          )
        }),
      )
    const distinct = entriesOf(fc.constant(undefined)).map((entries) => [
      ...new Map(entries.map((each) => [`${each.namespace}/${each.name}`, each])).values(),
    ])
    const listed = distinct.map((entries) => entries.filter((each) => each.containers.length > 0 && isTold(each)))
    fc.assert(
      fc.property(listed, (entries) => {
        expect(inOrder(fromExposition(entries).pods)).toStrictEqual(inOrder(fromSummary(entries).pods))
      }),
      { numRuns: 1000 },
    )
  })
})
