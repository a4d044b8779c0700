import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFieldSelector } from '../../src/kubernetes/field-selector.ts'
import { SelectorError } from '../../src/kubernetes/label-selector.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { recordedAnswers } from '../support/recorded-answers.ts'

describe('the pod a of the namespace team', () => {
  it.each([
    ['', true],
    [',', true],
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['metadata.name!=b', true],
    ['metadata.name=b', false],
    ['metadata.namespace=team', true],
    ['metadata.namespace=other', false],
    ['metadata.namespace!=other', true],
    ['metadata.name=a,metadata.namespace=team', true],
    ['metadata.name=a,,metadata.namespace=other', false],
    ['metadata.name=a,metadata.name=b', false],
    ['metadata.name=', false],
    ['metadata.name!=', true],
    ['metadata.name= a', false],
  ])('%j selects it: %s', (selector, expected) => {
    expect(parseFieldSelector(selector, 'pods').matches('a', 'team')).toBe(expected)
  })
})

it.each([
  ['metadata.name=n', true],
  ['metadata.namespace=', true],
  ['metadata.namespace!=', false],
  ['metadata.namespace=team', false],
])('of a node, %j is %s', (selector, expected) => {
  expect(parseFieldSelector(selector, 'nodes').matches('n', '')).toBe(expected)
})

it.each([
  ['metadata.name=a\\,b', 'a,b'],
  ['metadata.name=a\\=b', 'a=b'],
  ['metadata.name=a\\\\b', 'a\\b'],
  ['metadata.namespace=x,metadata.name==a', 'a'],
  ['metadata.name!=a', undefined],
  ['metadata.namespace=x', undefined],
  ['metadata.name=', ''],
  ['', undefined],
])('%j requires the name %j', (selector, name) => {
  expect(parseFieldSelector(selector, 'pods').requiredName()).toBe(name)
})

describe('the Go server says', () => {
  it.each(
    recordedAnswers()
      .filter(({ id }) => id.startsWith('field-'))
      .map(({ id, path, body }) => ({ id, path, message: JSON.parse(body ?? '').message })),
  )('$id', ({ path, message }) => {
    const selector = new URL(path, 'https://server').searchParams.get('fieldSelector') ?? ''
    expect(() => parseFieldSelector(selector, 'pods')).toThrow(new SelectorError(message))
  })

  it.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['metadata.name=a,b', "invalid selector: 'metadata.name=a,b'; can't understand 'b'"],
    ['a\\,b', "invalid selector: 'a\\,b'; can't understand 'a\\,b'"],
    ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    ['metadata.name===a', 'invalid field selector: unescaped character in value: 61'],
    ['metadata.name=\\a', 'invalid field selector: invalid escape sequence: \\a'],
    ['metadata.name=\\😀', 'invalid field selector: invalid escape sequence: \\😀'],
    ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
    ['=', '"" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['z=1,b=2', '"b" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['"\n=1', '"\\"\\n" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    [' metadata.name=a', '" metadata.name" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['__proto__=a', '"__proto__" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ])('%j: %s', (selector, message) => {
    expect(() => parseFieldSelector(selector, 'pods')).toThrow(new SelectorError(message))
  })
})

it('takes any text, in bounded time, and throws nothing but SelectorError', () => {
  const piece = fc.constantFrom('metadata.name', 'metadata.namespace', '=', '==', '!=', ',', '\\', 'a', ' ', '\0', '😀')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (selector) => {
      const spent = cpuMilliseconds(() => {
        try {
          parseFieldSelector(selector, 'pods').matches('a', 'b')
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError)
        }
      })
      expect(spent).toBeLessThan(50)
    }),
    { numRuns: 10_000 },
  )
})

it('gives back any name that is escaped as client-go escapes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const escaped = name.replace(/[\\,=]/g, '\\$&')
      expect(parseFieldSelector(`metadata.name=${escaped}`, 'pods').requiredName()).toBe(name)
    }),
    { numRuns: 10_000 },
  )
})

it('matches as fast with thousands of terms as with one', () => {
  const terms = Array.from({ length: 3000 }, (_, i) => `metadata.name!=x${i},metadata.namespace!=y${i}`)
  const { matches } = parseFieldSelector(terms.join(','), 'pods')
  const all = () => {
    for (let i = 0; i < 6000; i++) expect(matches('a', 'b')).toBe(true)
  }
  expect(cpuMilliseconds(all)).toBeLessThan(200)
  expect([matches('x7', 'b'), matches('a', 'y2999')]).toEqual([false, false])
})
