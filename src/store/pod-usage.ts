import type { ContainerUsage, PodUsage } from '../model/usage.ts'
import { Rate } from './reading.ts'
import { Row } from './row.ts'
import type { Rows } from './rows.ts'
import { servedWindow, usageOf } from './usage-of.ts'

/** What is served of a pod: of each container that is there and has a rate. */
export function podUsage(rows: Rows): PodUsage {
  const [reading, rate] = [new Row(), new Rate()]
  let earliest = -1
  let earliestMs = Number.POSITIVE_INFINITY
  const containers: ContainerUsage[] = []
  for (let row = 0; row < rows.length; row++) {
    if (rows.hasGone(row) || !rows.hasRate(row)) continue
    rows.show(row, reading)
    rows.rateOf(row, rate)
    const usage = usageOf(rate, reading)
    if (usage !== undefined) containers.push({ name: rows.nameOf(row), usage })
    if (rate.timestampMs >= earliestMs) continue
    earliest = row
    earliestMs = rate.timestampMs
  }
  if (earliest < 0) return { timestampMs: 0, windowMs: 0, containers }
  rows.rateOf(earliest, rate)
  return { timestampMs: earliestMs, windowMs: servedWindow(rate), containers }
}
