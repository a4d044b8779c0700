import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLabelSelector } from '../../src/kubernetes/label-selector.ts'
import { labelsFrom } from '../../src/kubernetes/labels.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'

const WEB = labelsFrom([
  ['app', 'web'],
  ['tier', 'front'],
  ['rank', '7'],
  ['blank', ''],
  ['in', 'notin'],
  ['example.com/team', 'a'],
])

describe('an object app=web, tier=front, rank=7, blank=, in=notin, example.com/team=a', () => {
  it.each([
    ['', true],
    [' \t\r\n', true],
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    [' app = web , tier = front ', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['app!=db', true],
    ['absent!=web', true],
    ['app in (web)', true],
    ['app in (db, web)', true],
    ['app in (db)', false],
    ['app in (web,web)', true],
    ['absent in (web)', false],
    ['absent in ()', false],
    ['blank in ()', true],
    ['blank in (,x)', true],
    ['blank in (x,)', true],
    ['app in (,web)', true],
    ['app notin (db)', true],
    ['app notin (web)', false],
    ['absent notin (web)', true],
    ['blank=', true],
    ['app=', false],
    ['blank=,app=web', true],
    ['app', true],
    ['absent', false],
    ['!absent', true],
    ['! app', false],
    ['in', true],
    ['in=notin', true],
    ['in in (in,notin)', true],
    ['notin', false],
    ['app,in,!notin', true],
    ['rank>6', true],
    ['rank>7', false],
    ['rank > 6', true],
    ['rank<8', true],
    ['rank<7', false],
    ['rank>06', true],
    ['tier>1', false],
    ['absent<5', false],
    ['rank<9223372036854775807', true],
    ['example.com/team=a', true],
    ['example.com/team notin (a)', false],
    ['app=web,app=db', false],
    ['app=web,app!=db', true],
    ['app=web\0', true],
    ['\0,,', true],
  ])('%j selects it: %s', (selector, expected) => {
    expect(parseLabelSelector(selector).matches(WEB)).toBe(expected)
  })
})

it.each([
  ['', true],
  ['  ', true],
  ['a', false],
])('%j is empty: %s', (selector, expected) => {
  expect(parseLabelSelector(selector).empty).toBe(expected)
})

const OPERATORS = ['in', 'notin', '=', '!=', '>', '<', 'exists', '!'] as const
type Term = readonly [key: string, operator: (typeof OPERATORS)[number], values: readonly string[]]

const textOf = ([key, operator, values]: Term) => {
  if (operator === 'exists') return key
  if (operator === '!') return `!${key}`
  return operator === 'in' || operator === 'notin' ? `${key} ${operator} (${values})` : `${key}${operator}${values[0]}`
}

/** One requirement after the other, as apimachinery goes through them. */
function meets(labels: ReadonlyMap<string, string>, [key, operator, values]: Term): boolean {
  const value = labels.get(key)
  if (operator === '!') return value === undefined
  if (operator === 'notin') return value === undefined || !values.includes(value)
  if (operator === '!=') return value !== values[0]
  if (value === undefined) return false
  if (operator === 'in') return values.includes(value)
  if (operator === '=') return value === values[0]
  return (
    operator === 'exists' || (operator === '>' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]))
  )
}

it('selects what meets each requirement, however many there are and however often of one label', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
  const value = fc.constantFrom('1', '2', '3', '10')
  const values = fc.array(value, { minLength: 1, maxLength: 3 })
  const term = fc.tuple(key, fc.constantFrom(...OPERATORS), values)
  const labels = fc.array(fc.tuple(key, value), { maxLength: 10 }).map((pairs) => new Map(pairs))
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 12 }), labels, (terms, having) => {
      const selector = parseLabelSelector(terms.map(textOf).join(','))
      expect(selector.matches(labelsFrom(having))).toBe(terms.every((one) => meets(having, one)))
    }),
    { numRuns: 5000 },
  )
})

it.each([
  ['a label each', (i: number) => `k${i}!=x`],
  ['one label', (i: number) => `app!=x${i}`],
  ['one label that has to be', (i: number) => `rank<${100 + i}`],
])('7000 requirements of %s are matched with 6000 objects in little time', (_, requirement) => {
  const { matches } = parseLabelSelector(Array.from({ length: 7000 }, (_each, i) => requirement(i)).join(','))
  const all = () => {
    let count = 0
    for (let i = 0; i < 6000; i++) if (matches(WEB)) count++
    expect(count).toBe(6000)
  }
  expect(cpuMilliseconds(all)).toBeLessThan(100)
})
