import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeFromBytes, timeFromText } from '../../../src/kubelet/decode/rfc3339.ts'

const fromBytes = (text: string) => timeFromBytes(Buffer.from(text), 0, text.length)

describe('RFC 3339 times', () => {
  it.each([
    ['2026-11-22T02:10:17Z', Date.UTC(2026, 10, 22, 2, 10, 17)],
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['2000-01-01T00:00:00Z', Date.UTC(2000, 0)],
    ['2199-12-31T23:59:59Z', Date.UTC(2199, 11, 31, 23, 59, 59)],
    ['1999-12-31T23:59:59Z', undefined],
    ['2200-01-01T00:00:00Z', undefined],
    ['1970-01-01T00:00:00Z', undefined],
    ['1754-08-30T22:43:41Z', undefined],
    ['9999-12-31T23:59:59Z', undefined],
    ['2026-11-22T02:10:17.5Z', Date.UTC(2026, 10, 22, 2, 10, 17, 500)],
    ['2026-11-22T02:10:17.123456789Z', Date.UTC(2026, 10, 22, 2, 10, 17, 123)],
    ['2026-11-22T02:10:17+02:30', Date.UTC(2026, 10, 21, 23, 40, 17)],
    ['2026-11-22T02:10:17.25-05:00', Date.UTC(2026, 10, 22, 7, 10, 17, 250)],
    ['2026-11-22t02:10:17z', Date.UTC(2026, 10, 22, 2, 10, 17)],
    ['0001-01-01T00:00:00Z', undefined],
    ['2023-02-29T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-00-01T00:00:00Z', undefined],
    ['2026-01-00T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01T00:60:00Z', undefined],
    ['2026-01-01T00:00:60Z', undefined],
    ['2026-01-01T00:00:00', undefined],
    ['2026-01-01 00:00:00Z', undefined],
    ['2026-01-01T00:00:00+24:00', undefined],
    ['20x6-01-01T00:00:00Z', undefined],
    ['/026-01-01T00:00:00Z', undefined],
    ['', undefined],
    ['now', undefined],
  ])('%s', (text, ms) => {
    expect(fromBytes(text)).toBe(ms)
    expect(timeFromText(text)).toBe(ms)
  })

  it('reads every moment that Date writes, with and without milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2199, 11, 31) }), (ms) => {
        const text = new Date(ms).toISOString()
        expect(timeFromText(text)).toBe(ms)
        expect(fromBytes(`${text.slice(0, 19)}Z`)).toBe(ms - (ms % 1000))
      }),
    )
  })

  it('reads the same from bytes as from text', () => {
    const near = fc.stringMatching(/^(2[01])?[0-9x]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9:]{2}:[0-9]{2}[Zz]$/)
    fc.assert(fc.property(near, (text) => void expect(fromBytes(text)).toBe(timeFromText(text))))
  })
})
