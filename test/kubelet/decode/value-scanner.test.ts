import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeFromText } from '../../../src/kubelet/decode/rfc3339.ts'
import { ValueScanner } from '../../../src/kubelet/decode/value-scanner.ts'

const BEFORE = '{"a":'

/** A scan set to a text in which `value` is followed by `after`; gives how many bytes of it were taken, −1 for none. */
function scanning(value: string, after: string) {
  const bytes = Buffer.from(BEFORE + value + after)
  const scan = new ValueScanner()
  scan.begin(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const taken = (end: number) => (end < 0 ? end : end - BEFORE.length)
  return {
    number: () => taken(scan.number(BEFORE.length)),
    count: () => ({ taken: taken(scan.count(BEFORE.length)), value: scan.value }),
    text: () => taken(scan.text(BEFORE.length)),
    time: () => ({ taken: taken(scan.time(BEFORE.length)), value: scan.value }),
  }
}

const AFTER = fc.constantFrom('}', ',"b":1}', '\n}', '')

describe('scanning a value whose kind is known', () => {
  it.each([
    ['0', 1],
    ['7', 1],
    ['123456789', 9],
    ['1234567890', 10],
    ['999999999999999999', 18],
    ['10281042738280000', 17],
  ])('takes the count %s as the number that it is', (text, length) => {
    expect(scanning(text, ',').count()).toEqual({ taken: length, value: Number(text) })
  })

  it('takes every count of up to 18 digits as JSON.parse does', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }).map(String)
    fc.assert(
      fc.property(digits, AFTER, (text, after) => {
        expect(scanning(text, after).count()).toEqual({ taken: text.length, value: JSON.parse(text) })
      }),
    )
  })

  it.each([
    '',
    '-1',
    '01',
    '00',
    '1234567890123456789',
    '0123456789012',
    'null',
    '"1"',
    '+1',
  ])('takes no count of %j', (text) => {
    expect(scanning(text, ',').count().taken).toBe(-1)
  })

  it('takes no number that JSON does not know', () => {
    for (const text of ['', '-', '01', '-01', '1.', '-.5', '.5', 'x', '+1']) {
      expect(scanning(text, ',').number()).toBe(-1)
    }
  })

  it('takes numbers up to where they end', () => {
    for (const text of ['0', '-0', '12', '0.25', '-3.50', '100'])
      expect(scanning(text, '\n}').number()).toBe(text.length)
    // An exponent is left, so that what follows is none of what can follow.
    expect(scanning('1e5', ',').number()).toBe(1)
  })

  it('takes texts of ASCII without escapes, and no others', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, (value) => {
        const json = JSON.stringify(value).slice(1)
        const plain = /^[\x20\x21\x23-\x5b\x5d-\x7f]*$/.test(value)
        expect(scanning(json, '}').text()).toBe(plain ? value.length : -1)
      }),
    )
    expect(scanning('without end', '').text()).toBe(-1)
    expect(scanning('a\u0000b"', '').text()).toBe(-1)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01 00:00:00Z',
    '1969-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    'yesterday',
    '',
  ])('takes the text %j as an unknown time', (text) => {
    expect(scanning(`${text}"`, '}').time()).toEqual({ taken: text.length, value: Number.NaN })
  })

  it.each(['a\\n"', 'ö"', 'without end'])('takes no time of the text %j, which it does not take either', (text) => {
    expect(scanning(text, '}').time().taken).toBe(-1)
  })

  it('distinguishes times whatever was read before', () => {
    const second = fc.constantFrom('00', '01', '59')
    const time = fc.oneof(
      fc
        .tuple(fc.constantFrom('2026-01-01', '2026-02-28'), second, second)
        .map(([day, m, s]) => `${day}T00:${m}:${s}Z`),
      fc.constantFrom('2026-01-01T00:00:00.5Z', '2026-01-01T02:00:00+02:00', '1970-01-01T00:00:00Z'),
    )
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 12 }), (times) => {
        const bytes = Buffer.from(`${times.join('"')}"`)
        const scan = new ValueScanner()
        scan.begin(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
        let at = 0
        for (const text of times) {
          expect(scan.time(at)).toBe(at + text.length)
          expect(scan.value).toBe(timeFromText(text) ?? Number.NaN)
          at += text.length + 1
        }
      }),
    )
  })
})
