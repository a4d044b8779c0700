import { describe, expect, it } from 'vitest'
import { auditId } from '../../../src/api/hooks/request-context.ts'
import { booleanValue, firstValue, parseQuery, parseRequestTarget } from '../../../src/api/request/request-target.ts'
import { goQuote } from '../../../src/kubernetes/go-quote.ts'

describe('a request target', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['/a%2Fb', '/a/b'],
    ['/a+b', '/a+b'],
    ['/%C3%B6', '/ö'],
    ['/\u00c3\u00b6', '/ö'],
    ['/a#b', '/a#b'],
    ['/a;b', '/a;b'],
    ['//a', '//a'],
    ['https://host:1/a?b', '/a'],
    ['*', '*'],
    ['/?', '/'],
    ['/a?b?c', '/a'],
  ])('%j leads to %j', (raw, path) => {
    expect(parseRequestTarget(raw)?.path).toBe(path)
  })

  it.each(['', 'a', '/%', '/%1', '/%zz', '/%1g', '/a%', '?a'])('%j is none', (raw) => {
    expect(parseRequestTarget(raw)).toBeUndefined()
  })

  it.each([
    ['/%ff', '"/\\xff"', '/\ufffd'],
    ['/%e4b%f6', '"/\\xe4b\\xf6"', '/\ufffdb\ufffd'],
    ['/%ed%a0%80', '"/\\xed\\xa0\\x80"', '/\ufffd\ufffd\ufffd'],
    ['/%C3%B6%ff', '"/ö\\xff"', '/ö\ufffd'],
  ])('%s keeps bytes that are no UTF-8 apart until they are written', (raw, quoted, written) => {
    const path = parseRequestTarget(raw)?.path ?? ''
    expect(goQuote(path)).toBe(quoted)
    expect(path.toWellFormed()).toBe(written)
  })
})

describe('a query', () => {
  it.each([
    ['a=1&b=2', { a: ['1'], b: ['2'] }],
    ['a=1&a=2', { a: ['1', '2'] }],
    ['a', { a: [''] }],
    ['a=', { a: [''] }],
    ['=x', { '': ['x'] }],
    ['a=b=c', { a: ['b=c'] }],
    ['a=x+y%20z%2B', { a: ['x y z+'] }],
    ['%61=1', { a: ['1'] }],
    ['a=%zz&b=1', { b: ['1'] }],
    ['a=1;b=2&c=3', { c: ['3'] }],
    ['&&', {}],
    ['__proto__=1', { ['__proto__']: ['1'] }],
  ])('%s', (raw, expected) => {
    expect([...parseQuery(raw)]).toEqual(Object.entries(expected))
  })

  it('has first values and booleans', () => {
    const query = parseQuery('a=1&a=2&t&f=0&g=False')
    expect(firstValue(query, 'a')).toBe('1')
    expect(firstValue(query, 'x')).toBeUndefined()
    expect(['t', 'f', 'g', 'x'].map((name) => booleanValue(query, name))).toEqual([true, false, false, false])
  })
})

describe('an Audit-Id', () => {
  it.each([
    ['7f0c', '7f0c'],
    [undefined, 'new'],
    ['', 'new'],
    ['with space', 'new'],
    ['x'.repeat(129), 'new'],
    ['ö', 'new'],
    [['a', 'b'], 'new'],
  ])('of %j is %s', (given, expected) => {
    expect(auditId(given, () => 'new')).toBe(expected)
  })
})
