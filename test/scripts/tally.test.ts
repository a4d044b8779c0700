import { describe, expect, it } from 'vitest'
import { type TestReport, tally, tallyLine } from '../../scripts/tally.ts'

const report = (statuses: Record<string, string>, file = 'passed'): TestReport => ({
  testResults: [
    {
      name: 'a.test.ts',
      status: file,
      assertionResults: Object.entries(statuses).map(([fullName, status]) => ({ fullName, status })),
    },
  ],
})

describe('the sum of test runs', () => {
  it.each([
    ['one run', [report({ a: 'passed', b: 'passed' })], '2 passed, 0 failed', true],
    ['two runs', [report({ a: 'passed' }), report({ a: 'passed' })], '2 passed, 0 failed', true],
    ['a failure', [report({ a: 'passed', b: 'failed' }, 'failed')], '1 passed, 1 failed', false],
    ['a file that does not load', [report({}, 'failed')], '0 passed, 1 failed', false],
    ['a file that fails after its tests', [report({ a: 'passed' }, 'failed')], '1 passed, 1 failed', false],
    ['a run without a test', [report({ a: 'passed' }), { testResults: [] }], '1 passed, 0 failed', false],
    ['a run without a report', [report({ a: 'passed' }), undefined], '1 passed, 1 failed', false],
    ['no run', [], '0 passed, 0 failed', false],
    ['a test nobody runs', [report({ a: 'passed', b: 'skipped' })], '1 passed, 0 failed, 1 skipped', true],
    ['a test to be written', [report({ a: 'passed', b: 'todo' })], '1 passed, 0 failed, 1 skipped', true],
    ['only skipped tests', [report({ a: 'skipped' })], '0 passed, 0 failed, 1 skipped', false],
    [
      'a test that only the second run executes',
      [report({ a: 'passed', b: 'skipped' }), report({ b: 'passed' })],
      '2 passed, 0 failed',
      true,
    ],
  ])('of %s', (_, reports, line, good) => {
    const result = tally(reports)
    expect(tallyLine(result)).toBe(line)
    expect(result.good).toBe(good)
  })
})
