import { describe, expect, it } from 'vitest'
import { deadlineMs } from '../../../src/api/hooks/request-context.ts'
import { ApiError } from '../../../src/api/status.ts'

const deadline = (timeout: string) => deadlineMs(new Map([['timeout', [timeout]]]), 60_000)

describe('the time that a request may take', () => {
  it.each([
    ['', 60_000],
    ['5s', 5000],
    ['1m30s', 60_000],
    ['0s', 60_000],
    ['-5s', 60_000],
    ['1ms', 1],
  ])('with timeout=%s is %d ms', (timeout, ms) => {
    expect(deadline(timeout)).toBe(ms)
  })

  it.each([
    ['5', 'time: missing unit in duration "5"'],
    ['1h5', 'time: missing unit in duration "1h5"'],
    ['1.5', 'time: missing unit in duration "1.5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['5 s', 'time: unknown unit " s" in duration "5 s"'],
    ['1x5s', 'time: unknown unit "x" in duration "1x5s"'],
    ['1sx', 'time: unknown unit "sx" in duration "1sx"'],
    ['-', 'time: invalid duration "-"'],
    ['.s', 'time: invalid duration ".s"'],
    ['x', 'time: invalid duration "x"'],
    ['1s-1s', 'time: unknown unit "s-" in duration "1s-1s"'],
  ])('cannot be given by timeout=%s', (timeout, why) => {
    expect(() => deadline(timeout)).toThrow(ApiError)
    expect(() => deadline(timeout)).toThrow(`invalid timeout specified in the request URL - ${why}`)
  })
})
