import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseLabelSelector, SelectorError } from '../../src/kubernetes/label-selector.ts'
import { labelsFrom } from '../../src/kubernetes/labels.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'

const LABELS = labelsFrom([
  ['a', '1'],
  ['in', 'notin'],
])

function attempt(selector: string): void {
  try {
    parseLabelSelector(selector).matches(LABELS)
  } catch (error) {
    expect(error).toBeInstanceOf(SelectorError)
  }
}

it('takes any text, in bounded time, and throws nothing but SelectorError', () => {
  const piece = fc.constantFrom(
    'a',
    'in',
    'notin',
    ' ',
    ',',
    '(',
    ')',
    '=',
    '==',
    '!=',
    '!',
    '<',
    '>',
    '/',
    '.',
    '\0',
    'ü',
    '$',
    '1',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (selector) => {
      expect(cpuMilliseconds(() => attempt(selector))).toBeLessThan(50)
    }),
    { numRuns: 10_000 },
  )
})

it.each([
  ['one long key', 'a'.repeat(1_000_000)],
  ['one long value', `a=${'-'.repeat(1_000_000)}`],
  ['one long prefix', `${'a-'.repeat(500_000)}/b`],
  ['many terms', `${'a=b,'.repeat(30_000)}a`],
  ['many values', `a in (${Array.from({ length: 30_000 }, (_, i) => `v${i}`).join(',')})`],
  ['many dots', `${'.'.repeat(100_000)}/a`],
  ['white space', ' '.repeat(1_000_000)],
  ['a long number', `a>${'9'.repeat(1_000_000)}`],
])('%s takes time in proportion to its length', (_name, selector) => {
  expect(cpuMilliseconds(() => attempt(selector))).toBeLessThan(500)
})
