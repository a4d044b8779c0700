import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indentJson, jsonString, jsonText } from '../../../src/api/encoding/text.ts'

describe('a string as Go writes it', () => {
  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['"\\/', '"\\"\\\\/"'],
    ['<a>&b', '"\\u003ca\\u003e\\u0026b"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['\b\f\n\r\t\0\x1f\x7f', '"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'],
    ['nöde 😀', '"nöde 😀"'],
    ['\ud800', '"\ufffd"'],
  ])('%j: %s', (text, expected) => {
    expect(jsonString(text)).toBe(expected)
  })

  it('reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonString(text))).toBe(text)
        expect(JSON.parse(jsonText({ text }))).toEqual({ text })
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('indented JSON', () => {
  it.each([
    ['{}', '{}'],
    ['[]', '[]'],
    ['{"a":{},"b":[]}', '{\n  "a": {},\n  "b": []\n}'],
    [
      '{"a":[1,{"b":null}],"c":"{\\"x\\":[1,2]}"}\n',
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": "{\\"x\\":[1,2]}"\n}',
    ],
    ['{"10":1,"9":2,"__proto__":3}', '{\n  "10": 1,\n  "9": 2,\n  "__proto__": 3\n}'],
  ])('of %s', (compact, expected) => {
    expect(indentJson(Buffer.from(compact)).toString()).toBe(expected)
  })

  it('is what JSON.stringify makes of any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const again = JSON.parse(JSON.stringify(value))
        expect(indentJson(Buffer.from(JSON.stringify(again))).toString()).toBe(JSON.stringify(again, undefined, 2))
      }),
      { numRuns: 10_000 },
    )
  })
})
