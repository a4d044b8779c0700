import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLabelIndex } from '../../../src/api/lists/label-index.ts'
import { parseLabelSelector } from '../../../src/kubernetes/label-selector.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'

const podOf = (labels: Record<string, string>, i: number) => ({
  name: `p-${i}`,
  labels: labelsFrom(Object.entries(labels)),
})
const many = Array.from({ length: 200 }, (_, i) => podOf({ app: `a-${i % 50}`, tier: i % 2 ? 'front' : 'back' }, i))

describe('an index of labels', () => {
  it('gives those that have the label with the rarest of the values, in their order', () => {
    const index = createLabelIndex<(typeof many)[number]>()
    const { wanted } = parseLabelSelector('tier=front,app in (a-7),x!=y')
    expect(index.candidates(many, wanted).map(({ name }) => name)).toEqual(['p-7', 'p-57', 'p-107', 'p-157'])
  })

  it('gives none when nobody has the value', () => {
    expect(createLabelIndex().candidates(many, parseLabelSelector('app=other').wanted)).toEqual([])
  })

  it('gives all when no single value is requested', () => {
    const index = createLabelIndex<(typeof many)[number]>()
    for (const text of ['app', '!app', 'app!=a-1', 'app in (a-1,a-2)', 'app notin (a-1)', 'app>1']) {
      expect(index.candidates(many, parseLabelSelector(text).wanted)).toBe(many)
    }
  })

  it('is made for few labels, however many are asked for', () => {
    const index = createLabelIndex<(typeof many)[number]>()
    const sizes = Array.from({ length: 10 }, (_, i) => index.candidates(many, [[`k-${i}`, 'v']]).length)
    expect(sizes).toEqual([0, 0, 0, 0, 200, 200, 200, 200, 200, 200])
  })

  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', ''))
  const term = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('=', '!='), fc.constantFrom('x', 'y', ''))
      .map((t) => t.join('')),
    fc.constantFrom('a', '!b', 'a in (x)', 'a in (x,y)', 'b in ()', 'c notin (x)'),
  )

  it('never leaves out what a selector takes', () => {
    fc.assert(
      fc.property(
        fc.array(labels, { minLength: 40, maxLength: 60 }),
        fc.array(term, { maxLength: 4 }),
        (sets, terms) => {
          const pods = sets.map(podOf)
          const selector = parseLabelSelector(terms.join(','))
          const takes = (pod: (typeof pods)[number]) => selector.matches(pod.labels)
          const candidates = createLabelIndex<(typeof pods)[number]>().candidates(pods, selector.wanted)
          expect(candidates.filter(takes)).toEqual(pods.filter(takes))
        },
      ),
    )
  })
})
