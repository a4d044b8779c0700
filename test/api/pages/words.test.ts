import { describe, expect, it } from 'vitest'
import { rfc3339, spanText, unixDate, uptimeText } from '../../../src/api/pages/words.ts'

describe('a length of time', () => {
  it.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [340.2, '340 ms'],
    [999.7, '1.0 s'],
    [4200, '4.2 s'],
    [9960, '10 s'],
    [95_000, '95 s'],
    [119_900, '120 s'],
    [120_000, '2 min'],
    [7_199_999, '119 min'],
    [18_600_000, '5 h 10 min'],
    [273_600_000, '3 d 4 h'],
    [-1500, '-1.5 s'],
  ])('of %d ms is %s', (ms, expected) => {
    expect(spanText(ms)).toBe(expected)
  })

  it('that the server is up is in hours', () => {
    expect(uptimeText(93_789)).toBe('26 hr 03 min 09 sec')
  })
})

describe('a moment', () => {
  it('is written as Go writes it', () => {
    const ms = Date.UTC(2026, 0, 1, 12, 4, 5, 999)
    expect(unixDate(ms)).toBe('Thu Jan  1 12:04:05 UTC 2026')
    expect(rfc3339(ms)).toBe('2026-01-01T12:04:05Z')
  })
})
