import type { Recording, Result } from './record.ts'

const UNITS: readonly (readonly [microseconds: number, unit: string])[] = [
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'µs'],
]

/** "12.3 µs", "4.56 ms": three digits that count. */
export function timeText(microseconds: number): string {
  const [size, unit] = UNITS.find(([limit]) => microseconds >= limit) ?? [1e-3, 'ns']
  const value = microseconds / size
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`
}

/**
 * The change of CPU time from `before` to `after`: "−12 %"; "same" when the samples of the two overlap, since then a
 * difference is not told from noise.
 */
export function changeText(before: Result | undefined, after: Result): string {
  if (before === undefined) return 'new'
  if (before.cpuMinUs <= after.cpuMaxUs && after.cpuMinUs <= before.cpuMaxUs) return 'same'
  const percent = Math.round((after.cpuUs / before.cpuUs - 1) * 100)
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`
}

/** Columns padded to the same width: the first two to the left, the figures to the right. */
function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

/** The results as a table, with a column of changes when there is something to compare with. */
export function tableOf(results: readonly Result[], against?: Recording): string {
  const header = ['benchmark', 'of', 'wall', 'CPU', 'CPU min', 'CPU max', ...(against ? ['change'] : [])]
  const rows = results.map((result) => [
    result.name,
    result.size,
    ...[result.wallUs, result.cpuUs, result.cpuMinUs, result.cpuMaxUs].map(timeText),
    ...(against
      ? [
          changeText(
            against.results.find((r) => r.name === result.name),
            result,
          ),
        ]
      : []),
  ])
  return align([header, ...rows])
}
