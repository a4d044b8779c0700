import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstOffered, parseAccept, routeAccepts } from '../../../src/api/negotiation/accept.ts'
import { cpuMilliseconds } from '../../support/cpu-time.ts'

const shown = (header: string) =>
  parseAccept(header).map(({ type, subtype, quality, parameters }) => {
    const extra = [...parameters].map(([name, value]) => `;${name}=${value}`).join('')
    return `${type}/${subtype}${extra}${quality === 1 ? '' : ` ${quality}`}`
  })

describe('an Accept header is read as goautoneg reads it', () => {
  it.each([
    ['', []],
    ['application/json', ['application/json']],
    ['application/json,application/yaml', ['application/json', 'application/yaml']],
    ['a/b;q=0.5,c/d;q=0.75', ['c/d 0.75', 'a/b 0.5']],
    ['a/b;q=0.5,c/d', ['c/d', 'a/b 0.5']],
    ['*/*,a/b;q=0.25', ['a/b 0.25', '*/*']],
    ['a/*,a/b;q=0.25', ['a/b 0.25', 'a/*']],
    ['*', ['*/*']],
    ['*;q=0.5', ['*/* 0.5']],
    ['a', []],
    ['a/', []],
    ['/b', ['/b']],
    ['a/b/c', []],
    ['a/b/', ['a/b']],
    ['a/b,,c/d,', ['a/b', 'c/d']],
    ['  a / b ; x = 1 ; q=0.5 ', ['a/b;x=1 0.5']],
    ['a/b;q= 0.5', ['a/b 0']],
    ['a/b;q=high', ['a/b 0']],
    ['a/b;q=', ['a/b']],
    ['a/b;q=-1,c/d;q=1e1', ['c/d 10', 'a/b -1']],
    ['a/b;x', ['a/b']],
    ['a/b;x=', ['a/b']],
    ['a/b;x=1=2', ['a/b']],
    ['a/b;x=1=', ['a/b;x=1']],
    ['a/b;x=1;x=2', ['a/b;x=2']],
    ['a/b;__proto__=1', ['a/b;__proto__=1']],
    ['a/b;;;x=1;', ['a/b;x=1']],
    ['a/b;q=0.1;q=0.5', ['a/b 0.5']],
    ['a/b;q=0.1', [`a/b ${Math.fround(0.1)}`]],
  ])('%j: %j', (header, expected) => {
    expect(shown(header)).toEqual(expected)
  })

  it('keeps the order of more clauses than are sorted by insertion', () => {
    const clauses = Array.from({ length: 40 }, (_, i) => `a/b${i}`)
    expect(shown(clauses.join(','))).toEqual(clauses)
  })
})

describe('a route is found as go-restful finds it', () => {
  it.each([
    ['application/json', true],
    ['application/json;as=Table', true],
    [' application/json ', true],
    ['text/html,*/*;q=0.8', true],
    ['application/*', false],
    ['*', false],
    ['application/json;stream=watch', true],
    ['Application/JSON', false],
    ['text/plain', false],
    ['text/plain,', false],
    [',application/json', true],
    ['text/plain,,application/json', true],
    ['!!!', false],
    ['application/json\t', false],
  ])('%j: %s', (header, expected) => {
    expect(routeAccepts(header, ['application/json'])).toBe(expected)
  })
})

describe('of an OpenAPI document the first offered media type is given', () => {
  const JSON_TYPE = 'application/json'
  const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
  it.each([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['*/json', JSON_TYPE],
    [PROTOBUF, PROTOBUF],
    [`application/json;q=0.5,${PROTOBUF}`, PROTOBUF],
    [`text/html,${JSON_TYPE};q=0.1`, JSON_TYPE],
    ['text/*', undefined],
    ['!!!', undefined],
  ])('%j: %s', (header, expected) => {
    expect(firstOffered(header, [JSON_TYPE, PROTOBUF])).toBe(expected)
  })
})

it('any header is read in bounded time', () => {
  const piece = fc.constantFrom(
    'application',
    'json',
    '*',
    '/',
    ';',
    ',',
    'q=',
    '0.5',
    ' ',
    'as=Table',
    '=',
    'NaN',
    '1e99',
    'v=v1',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(piece, { maxLength: 80 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (header) => {
      const spent = cpuMilliseconds(() => {
        for (const { type, subtype } of parseAccept(header)) expect(`${type}/${subtype}`).not.toContain(',')
        routeAccepts(header, ['application/json'])
      })
      expect(spent).toBeLessThan(50)
    }),
    { numRuns: 10_000 },
  )
})

it.each([
  ['clauses', 'a/b;q=0.5,c/*,*/*;q=0.1,'.repeat(2_000)],
  ['spaces', `a/b;x=${' '.repeat(64_000)}x`],
  ['digits', `a/b;q=${'1'.repeat(64_000)}x`],
  ['parameters', `a/b${';x=1'.repeat(16_000)}`],
])('a long header of %s is read in under 50 ms', (_name, header) => {
  const spent = cpuMilliseconds(() => {
    parseAccept(header)
    routeAccepts(header, ['application/json'])
  })
  expect(spent).toBeLessThan(50)
})
