import { existsSync, readFileSync } from 'node:fs'

/** What is read of a report of vitest's JSON reporter. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  /** Tests that no run executed: one that is skipped in one run and passes in another is not among them. */
  readonly skipped: number
  /** Nothing failed, and every run passed at least one test. */
  readonly good: boolean
}

interface Outcome {
  readonly test: string
  readonly status: string
}

/** A file that fails without a test of its own failing (it does not load, say) counts as one failed test. */
function outcomesOf(report: TestReport): Outcome[] {
  return report.testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.map((a) => ({ test: `${name}\0${a.fullName}`, status: a.status }))
    const broken = status === 'failed' && !tests.some((t) => t.status === 'failed')
    return broken ? [...tests, { test: name, status }] : tests
  })
}

const count = (outcomes: readonly Outcome[], status: string) => outcomes.filter((o) => o.status === status).length

/** Sums several runs. A run that left no report (`undefined`) counts as one failed test. */
export function tally(reports: readonly (TestReport | undefined)[]): Tally {
  const runs = reports.map((report) => (report === undefined ? [{ test: '', status: 'failed' }] : outcomesOf(report)))
  const all = runs.flat()
  const executed = new Set(all.filter((o) => o.status === 'passed' || o.status === 'failed').map((o) => o.test))
  const failed = count(all, 'failed')
  return {
    passed: count(all, 'passed'),
    failed,
    skipped: new Set(all.map((o) => o.test).filter((test) => !executed.has(test))).size,
    good: failed === 0 && runs.length > 0 && runs.every((run) => count(run, 'passed') > 0),
  }
}

/** "12 passed, 0 failed", and ", 3 skipped" where there are any. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

// node scripts/tally.ts REPORT…: the sum of these runs as the last line; exit code 1 unless it is good.
if (import.meta.main) {
  const read = (path: string) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined)
  const result = tally(process.argv.slice(2).map(read))
  console.log(tallyLine(result))
  process.exitCode = result.good ? 0 : 1
}
