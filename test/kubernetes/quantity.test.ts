import { describe, expect, it } from 'vitest'
import { bytesQuantity, cpuQuantity, quantityValue } from '../../src/kubernetes/quantity.ts'

describe('a quantity in canonical form', () => {
  it.each([
    [0, '0'],
    [1, '1n'],
    [286_455_582, '286455582n'],
    [286_455_000, '286455u'],
    [10_000_000, '10m'],
    [1e9, '1'],
    [64e9, '64'],
    [1500e6, '1500m'],
    [1e12, '1k'],
  ])('%d nanocores are %s', (nanocores, text) => {
    expect(cpuQuantity(nanocores)).toBe(text)
  })

  it.each([
    [0, '0'],
    [1023, '1023'],
    [1024, '1Ki'],
    [731_283_456, '714144Ki'],
    [2_389_352_864, '2389352864'],
    [2 ** 30, '1Gi'],
    [3 * 2 ** 40, '3Ti'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesQuantity(bytes)).toBe(text)
  })

  it.each([
    ['4', 4],
    ['250m', 0.25],
    ['16Gi', 2 ** 34],
    ['16252928Ki', 16252928 * 1024],
    ['1.5', 1.5],
    ['.5G', 5e8],
    ['1e3', 1000],
    ['2E', 2e18],
    ['100n', 1e-7],
    ['', undefined],
    ['4 ', undefined],
    ['4kB', undefined],
    ['1e999', undefined],
    ['0x10', undefined],
    ['9'.repeat(100), undefined],
  ])('%j is worth %s', (text, value) => {
    const worth = quantityValue(text)
    if (value === undefined) expect(worth).toBeUndefined()
    else expect(worth).toBeCloseTo(value, 9)
  })
})
