import fc from 'fast-check'
import { CORE_SCHEMA, load, YAML11_SCHEMA } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { yamlText } from '../../../src/api/encoding/text.ts'

describe('a value is written as', () => {
  it.each([
    ['hi', 'hi'],
    [true, 'true'],
    [-10, '-10'],
    [4294967296, '4294967296'],
    [null, 'null'],
    ['', '""'],
    [['A', 'B'], '\n- A\n- B'],
    [['A', 'B\nC'], '\n- A\n- |-\n  B\n  C'],
    [['A', 1, { B: [2, 3] }], '\n- A\n- 1\n- B:\n  - 2\n  - 3'],
    [{ b: 'c' }, '\n  b: c'],
    ['<foo>', '<foo>'],
    ['你好', '你好'],
    ["it's", "it's"],
    ['a:b', 'a:b'],
    ['286455582n', '286455582n'],
    ['2389352Ki', '2389352Ki'],
    ['15.022s', '15.022s'],
    ['6b5d9664d8', '6b5d9664d8'],
    ['2015-02-24T18:19:39Z', '"2015-02-24T18:19:39Z"'],
    [{}, '{}'],
    [[], '[]'],
    [[{}, []], '\n- {}\n- []'],
  ])('%j: %s', (value, expected) => {
    const separator = expected.startsWith('\n') ? '' : ' '
    expect(yamlText({ v: value })).toBe(`v:${separator}${expected}\n`)
  })

  it('one line, however long', () => {
    const message = `${'word '.repeat(30)}end`
    expect(yamlText({ message })).toBe(`message: ${message}\n`)
  })
})

it.each([
  // Words, numbers and times of YAML 1.1, as yaml.v2 reads them.
  ...['true', 'False', 'y', 'Y', 'No', 'on', 'OFF', '~', 'null', 'NULL', '.inf', '-.Inf', '.NaN', '='],
  ...['10', '+1', '-1', '1_000', '0x1F', '0X1f', '0b101', '0B1', '-0b1', '0o17', '0O17', '010', '08', '2389352864'],
  ...['1e3', '1E3', '1e+3', '.5', '1.', '1_0.5', '.1_2', '1:1', '-1:30', '190:20:30', '1:30.5'],
  ...['2001-1-2', '2001-12-02', '2001-1-2 3:4:5', '2001-1-2t3:4:5.6+01:00', '2001-1-2T3:4:5Z'],
])('the text %s is in quotes, as a value and as a key', (text) => {
  expect(yamlText({ [text]: text })).toBe(`"${text}": "${text}"\n`)
})

it('keys are sorted', () => {
  expect(yamlText({ b: 1, a: { d: 1, c: [{ f: 1, e: 2 }] } })).toBe('a:\n  c:\n  - e: 2\n    f: 1\n  d: 1\nb: 1\n')
})

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\n',
      "'",
      '"',
      ':',
      '#',
      '-',
      '0',
      '.',
      '\\',
      '\t',
      '\u2028',
      '\u0085',
      '😀',
      '\r',
    ),
  }),
  fc.string({ unit: fc.constantFrom('a', 'word', ' ', ' ', "'", '"'), minLength: 60, maxLength: 200 }),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

it.each(['--- a', '... a', '---', '...'])('a key like a mark between documents is quoted: %s', (key) => {
  expect(yamlText({ [key]: key })).toBe(`${JSON.stringify(key)}: ${JSON.stringify(key)}\n`)
})

it.each([
  ['1.2', CORE_SCHEMA],
  ['1.1', YAML11_SCHEMA],
])('any JSON reads back as what it was, by YAML %s', (_, schema) => {
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true }), (document) => {
      expect(load(yamlText(document), { schema })).toEqual(document)
    }),
    { numRuns: 5000 },
  )
})
