import { expect, it } from 'vitest'
import { goQuote } from '../../src/kubernetes/go-quote.ts'

it.each([
  ['plain text', '"plain text"'],
  ['', '""'],
  ['"\\', '"\\"\\\\"'],
  ['\x07\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
  ['\0\x1b\x7f', '"\\x00\\x1b\\x7f"'],
  ['nöde 漢字 😀', '"nöde 漢字 😀"'],
  ['\u0085\u00a0\u00ad\u200b\u2028\ufeff', '"\\u0085\\u00a0\\u00ad\\u200b\\u2028\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['a\ud800b', '"a\ufffdb"'],
])('quotes %j as %s', (text, quoted) => {
  expect(goQuote(text)).toBe(quoted)
})
