import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { yamlText } from '../../../src/api/encoding/yaml.ts'

describe('a value is written as', () => {
  it.each([
    // Those of yaml.v2's own tests that JSON can hold.
    ['hi', 'hi'],
    ['true', '"true"'],
    ['false', '"false"'],
    [true, 'true'],
    [-10, '-10'],
    [4294967296, '4294967296'],
    ['10', '"10"'],
    [null, 'null'],
    ['', '""'],
    [['A', 'B'], '\n- A\n- B'],
    [['A', 'B\nC'], '\n- A\n- |-\n  B\n  C'],
    [['A', 1, { B: [2, 3] }], '\n- A\n- 1\n- B:\n  - 2\n  - 3'],
    [{ b: 'c' }, '\n  b: c'],
    ['-', "'-'"],
    ['<foo>', '<foo>'],
    ['1:1', '"1:1"'],
    ['\0', '"\\0"'],
    ['你好', '你好'],
    ['2015-02-24T18:19:39Z', '"2015-02-24T18:19:39Z"'],
    ['b: c', "'b: c'"],
    ['Hello #comment', "'Hello #comment'"],
    ['😊', '"\\U0001F60A"'],
    // Words and numbers of YAML 1.1.
    ['y', '"y"'],
    ['No', '"No"'],
    ['oN', 'oN'],
    ['~', '"~"'],
    ['Null', '"Null"'],
    ['<<', '<<'],
    ['.inf', '".inf"'],
    ['.5', '".5"'],
    ['.a', '.a'],
    ['+1', '"+1"'],
    ['1_000', '"1_000"'],
    ['0x1F', '"0x1F"'],
    ['0b101', '"0b101"'],
    ['0o17', '"0o17"'],
    ['08', '"08"'],
    ['1e3', '"1e3"'],
    ['1e999', '1e999'],
    ['0xffffffffffffffff', '"0xffffffffffffffff"'],
    ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
    ['6b5d9664d8', '6b5d9664d8'],
    ['286455582n', '286455582n'],
    ['15.022s', '15.022s'],
    ['2389352864', '"2389352864"'],
    ['190:20:30', '"190:20:30"'],
    ['2001-1-2', '"2001-1-2"'],
    ['2001-02-30', '2001-02-30'],
    ['2001-1-2 3:4:5', '"2001-1-2 3:4:5"'],
    ['2001-1-2T3:4:5', '2001-1-2T3:4:5'],
    ['2001-1-2t3:4:5.6+01:00', '"2001-1-2t3:4:5.6+01:00"'],
    // Syntax in the way.
    [' a', "' a'"],
    ['a ', "'a '"],
    ['a:', "'a:'"],
    [':a', ':a'],
    ['a:b', 'a:b'],
    ['-a', '-a'],
    ['---', "'---'"],
    ['?', "'?'"],
    ['*a', "'*a'"],
    ["it's", "it's"],
    ["'", "''''"],
    ['"', "'\"'"],
    ['a\tb', '"a\\tb"'],
    ['\ufeff', '"\\uFEFF"'],
    ['a\n', '|\n  a'],
    ['\na', '|2-\n\n  a'],
    ['a\n\n', '|+\n  a\n'],
    ['a \nb', '"a \\nb"'],
    [{}, '{}'],
    [[], '[]'],
    [[{}, []], '\n- {}\n- []'],
  ])('%j: %s', (value, expected) => {
    const separator = expected.startsWith('\n') ? '' : ' '
    expect(yamlText({ v: value })).toBe(`v:${separator}${expected}\n`)
  })

  it('folded lines where it is long', () => {
    const message = `message "${'word '.repeat(30)}": end`
    expect(yamlText({ message })).toBe(
      `message: 'message "word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word ": end'\n`,
    )
  })
})

it('sorts keys as people would', () => {
  const keys =
    ' .1 .2 .a 1 2 a!10 a/0001 a/002 a/3 a/10 a/11 a/0012 a/100 a~10 ab/1 b/1 b/01 b/2 b/02 b/3 b/03 b1 b01 b3 c2.10 c10.2 d1 d7 d7abc d12 d12a'.split(
      ' ',
    )
  const shuffled = Object.fromEntries(keys.toSorted().map((key) => [key, 1]))
  const written = yamlText(shuffled).match(/^.*(?=: 1$)/gm) ?? []
  expect(written.map((key) => key.replaceAll('"', ''))).toEqual(keys)
})

it('writes a key that is too long for its line apart from its value', () => {
  const key = `${'x'.repeat(120)}.example`
  expect(yamlText({ [`${key}/y`]: '1' })).toBe(`? ${key}/y\n: "1"\n`)
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

it('any JSON reads back as what it was', () => {
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true }), (document) => {
      expect(load(yamlText(document))).toEqual(document)
    }),
    { numRuns: 10_000 },
  )
})
