import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nanosecondsFromSeconds } from '../../../src/kubelet/decode/exposition.ts'

describe('CPU seconds as nanoseconds', () => {
  it.each([
    ['0', 0],
    ['0.0', 0],
    ['0e400', 0],
    ['1', 1e9],
    ['0.179153324', 179153324],
    ['2295.07063722', 2295070637220],
    ['11.185440713', 11185440713],
    ['1.234e+03', 1234e9],
    ['5E-1', 5e8],
    ['+1.5', 15e8],
    ['.5', 5e8],
    ['5.', 5e9],
    ['000001', 1e9],
    ['0.0000000019', 1],
    ['1e-10', 0],
    ['1e-999', 0],
    ['9007199.254740993', 9007199254740992],
    ['1.8446744073e+10', 18446744073e9],
    ['1e11', undefined],
    ['1e999', undefined],
    ['-1', undefined],
    ['-0', undefined],
    ['+Inf', undefined],
    ['Inf', undefined],
    ['NaN', undefined],
    ['', undefined],
    ['.', undefined],
    ['e5', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['1e99999', undefined],
  ])('%s', (text, nanoseconds) => expect(nanosecondsFromSeconds(text)).toBe(nanoseconds))

  it('loses no digit below 2^53 nanoseconds', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (nanoseconds) => {
        const digits = String(nanoseconds).padStart(10, '0')
        expect(nanosecondsFromSeconds(`${digits.slice(0, -9)}.${digits.slice(-9)}`)).toBe(nanoseconds)
      }),
    )
  })
})
