import type { Section, Status, Step } from './step.ts'

/** What `--output json` prints: docs/doctor.md. */
export interface Report {
  readonly version: string
  /** RFC 3339. */
  readonly time: string
  /** No step failed. */
  readonly healthy: boolean
  readonly counts: Readonly<Record<Status, number>>
  readonly steps: readonly Step[]
}

export function reportOf(sections: readonly Section[], version: string, nowMs: number): Report {
  const steps = sections.flatMap((section) => section.steps)
  const count = (status: Status): number => steps.filter((step) => step.status === status).length
  const counts = { ok: count('ok'), note: count('note'), skipped: count('skipped'), failed: count('failed') }
  return { version, time: new Date(nowMs).toISOString(), healthy: counts.failed === 0, counts, steps }
}

const line = ({ status, check, subject, message, remedy }: Step): string =>
  `${status.padEnd(7)}  ${check}${subject === '' ? '' : ` ${subject}`}: ${message}${remedy === undefined ? '' : ` => ${remedy}`}\n`

/** The summary of a section whose steps are all alike; else a line for each step that is not well, or for each at all. */
function linesOf({ steps, summary }: Section): string {
  if (summary === undefined) return steps.map(line).join('')
  const remarkable = steps.filter(({ status }) => status !== summary.status)
  return (remarkable.length === 0 ? [summary] : remarkable).map(line).join('')
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

function verdict({ healthy, counts }: Report): string {
  const { ok, note, skipped, failed } = counts
  const all = [`${ok} ok`, counted(note, 'note'), `${skipped} skipped`, `${failed} failed`].join(', ')
  if (!healthy) return `\nSomething is wrong: ${all}.\n`
  return skipped === 0 ? `\nAll is well: ${all}.\n` : `\nNothing is wrong with what could be looked at: ${all}.\n`
}

/** The report for people. */
export const textReport = (sections: readonly Section[], report: Report): string =>
  sections.map(linesOf).join('') + verdict(report)
