import { describe, expect, it } from 'vitest'
import { bytesQuantity, cpuQuantity } from '../../src/model/quantity.ts'

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
})
