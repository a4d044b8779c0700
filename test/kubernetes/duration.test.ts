import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatGoDuration, parseGoDuration } from '../../src/kubernetes/duration.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'

describe('a Go duration', () => {
  it.each([
    ['0', 0],
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['100ms', 100],
    ['.5s', 500],
    ['2µs', 0.002],
    ['1us', 0.001],
    ['1ns', 0.000_001],
    ['-1.5h', -5_400_000],
    ['+2s', 2000],
    ['8.248s', 8248],
    ['1.s', 1000],
    ['0.0000000019s', 0.000_001],
    [`0.${'3'.repeat(400)}s`, 333.333_333],
  ])('%s is read as %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toBeCloseTo(ms, 9)
  })

  it.each(['', '-', '15', 's', '.s', '1..5s', '1 s', '1s ', '1d', '1e3s', '١s', '1m-3s'])('%j is refused', (text) => {
    expect(parseGoDuration(text)).toBeUndefined()
  })

  it.each(['1', '.1', '1.1'])('%s… of any length is refused in no time', (digits) => {
    const long = `${digits}${'1'.repeat(60_000)}`
    expect(cpuMilliseconds(() => parseGoDuration(long))).toBeLessThan(50)
    expect(parseGoDuration(long)).toBeUndefined()
  })

  it.each([
    [0, '0s'],
    [15_022, '15.022s'],
    [60_000, '1m0s'],
    [3_600_500, '1h0m0.5s'],
    [1.5, '1.5ms'],
    [0.0015, '1.5µs'],
    [0.000_001, '1ns'],
    [-15_000, '-15s'],
    [10_000, '10s'],
  ])('%d ms is written %s', (ms, text) => {
    expect(formatGoDuration(ms)).toBe(text)
  })

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (ms) => {
        expect(parseGoDuration(formatGoDuration(ms))).toBe(ms)
      }),
      { numRuns: 10_000 },
    )
  })
})
