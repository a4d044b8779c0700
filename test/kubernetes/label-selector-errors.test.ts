import { describe, expect, it } from 'vitest'
import { parseLabelSelector, SelectorError } from '../../src/kubernetes/label-selector.ts'
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
