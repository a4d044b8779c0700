import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLabelSelector } from '../../src/model/label-selector.ts'
import { labelsFrom } from '../../src/model/labels.ts'
import { SelectorError } from '../../src/model/selector-error.ts'
import { recordedAnswers } from '../support/recorded-answers.ts'

function messageOf(selector: string): string {
  try {
    parseLabelSelector(selector)
  } catch (error) {
    if (error instanceof SelectorError) return error.message
    throw error
  }
  throw new Error(`${selector} was taken`)
}

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

const NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const key = (text: string, ...problems: string[]) =>
  `unable to parse requirement: <nil>: Invalid value: "${text}": ${problems.join('; ')}`

describe('the Go server says', () => {
  it.each(
    recordedAnswers()
      .filter(({ id }) => id.startsWith('label-bad-'))
      .map(({ id, path, body }) => ({ id, path, message: JSON.parse(body ?? '').message })),
  )('$id', ({ path, message }) => {
    const selector = new URL(path, 'https://server').searchParams.get('labelSelector')
    expect(messageOf(selector ?? '')).toBe(message)
  })

  it.each([
    ['a,', "found '', expected: identifier after ','"],
    ['a,,b', "found ',', expected: identifier after ','"],
    ['a,(', "found '(', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    [')', "found ')', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a gt 5', "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt"],
    ['a ! b', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a=b\0c', "found 'c', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['!!a', "unable to parse requirement: found '!', expected: identifier"],
    ['a==', undefined],
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a in (b,,)', "unable to parse requirement: found ')', expected: ',', or identifier"],
    ['a in (b,,c)', undefined],
    ['a in (,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
    ['a~', key('a~', `name part ${NAME_TEXT}`)],
    ['ä', key('ä', `name part ${NAME_TEXT}`)],
    [
      'a/b/c',
      key(
        'a/b/c',
        `a qualified name ${NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ],
    ['/a', key('/a', 'prefix part must be non-empty')],
    ['a/', key('a/', 'name part must be non-empty', `name part ${NAME_TEXT}`)],
    ['A/b', key('A/b', `prefix part ${SUBDOMAIN_TEXT}`)],
    ['a..b/c', key('a..b/c', `prefix part ${SUBDOMAIN_TEXT}`)],
    [`${'a'.repeat(254)}/b`, key(`${'a'.repeat(254)}/b`, 'prefix part must be no more than 253 characters')],
    ['k'.repeat(64), key('k'.repeat(64), 'name part must be no more than 63 characters')],
    ['a=-', `unable to parse requirement: values[0][a]: Invalid value: "-": ${VALUE_TEXT}`],
    ['a="b"', `unable to parse requirement: values[0][a]: Invalid value: "\\"b\\"": ${VALUE_TEXT}`],
    [
      `a=${'ö'.repeat(32)}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${'ö'.repeat(32)}": must be no more than 63 characters; ${VALUE_TEXT}`,
    ],
    [
      'a in (b,$,#)',
      `unable to parse requirement: [values[0][a]: Invalid value: "#": ${VALUE_TEXT}, values[1][a]: Invalid value: "$": ${VALUE_TEXT}]`,
    ],
    [
      'a>b',
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'a<',
      `unable to parse requirement: values[0]: Invalid value: "": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'a>9223372036854775808',
      `unable to parse requirement: values[0]: Invalid value: "9223372036854775808": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'a>$',
      `unable to parse requirement: [values[0]: Invalid value: "$": for 'Gt', 'Lt' operators, the value must be an integer, values[0][a]: Invalid value: "$": ${VALUE_TEXT}]`,
    ],
    ['a>-5', `unable to parse requirement: values[0][a]: Invalid value: "-5": ${VALUE_TEXT}`],
  ])('%j: %s', (selector, message) => {
    if (message === undefined) expect(() => parseLabelSelector(selector)).not.toThrow()
    else expect(messageOf(selector)).toBe(message)
  })
})

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
      const before = performance.now()
      try {
        parseLabelSelector(selector).matches(WEB)
      } catch (error) {
        expect(error).toBeInstanceOf(SelectorError)
      }
      expect(performance.now() - before).toBeLessThan(50)
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
  const before = performance.now()
  try {
    parseLabelSelector(selector)
  } catch (error) {
    expect(error).toBeInstanceOf(SelectorError)
  }
  expect(performance.now() - before).toBeLessThan(500)
})
