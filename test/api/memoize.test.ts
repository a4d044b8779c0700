import { expect, it } from 'vitest'
import { memoize } from '../../src/api/memoize.ts'

it('makes the same of a text once, until there are too many or it is too long', () => {
  const made: string[] = []
  const lengthOf = memoize((text) => made.push(text) && { length: text.length }, 2)
  expect(lengthOf('a')).toBe(lengthOf('a'))
  lengthOf('bb')
  expect(made).toEqual(['a', 'bb'])
  for (const text of ['ccc', 'ccc', 'a']) lengthOf(text)
  expect(made).toEqual(['a', 'bb', 'ccc', 'a'])
  const long = 'x'.repeat(600)
  expect(lengthOf(long)).not.toBe(lengthOf(long))
})

it('does not remember a failure', () => {
  let calls = 0
  const fail = memoize(() => {
    calls++
    throw new Error('no')
  }, 2)
  for (let i = 0; i < 2; i++) expect(() => fail('a')).toThrow('no')
  expect(calls).toBe(2)
})
