import type { Covered } from '../../model/coverage.ts'
import { CELLS, troubleOf } from './node-cells.ts'
import type { NodeRow, StatuszView } from './statusz-view.ts'
import { textHead } from './text-head.ts'
import { unixDate, uptimeText, visible } from './words.ts'

const served = ({ known, served }: Covered): string => `${served} of ${known} served`

function readiness({ notReady }: StatuszView): string[] {
  if (notReady.length === 0) return ['Ready: yes']
  return ['Ready: no', ...notReady.map(({ name, reason }) => `  ${name}: ${visible(reason)}`)]
}

function table(nodes: readonly NodeRow[]): string[] {
  const heads = [...CELLS.map(({ title }) => title.toUpperCase()), 'ERROR']
  const rows = [heads, ...nodes.map((node) => [...CELLS.map(({ text }) => visible(text(node))), troubleOf(node)])]
  const widths = heads.map((_, i) => rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(i === row.length - 1 ? 0 : (widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
}

/** /statusz in plain text: what every component of Kubernetes tells, then how it stands with the nodes. */
export function statuszText(view: StatuszView): string {
  const failing = view.nodes.filter(({ state }) => state === 'failing').length
  return [
    ...textHead('statusz'),
    `Started: ${unixDate(view.startedAtMs)}`,
    `Up: ${uptimeText(view.upSeconds)}`,
    `Node.js version: ${view.nodeVersion} (${view.platform})`,
    `Binary version: ${view.version}`,
    `Host: ${visible(view.hostName)}`,
    `Paths: ${view.paths.join(' ')}`,
    '',
    ...readiness(view),
    `Nodes: ${served(view.coverage.nodes)}, ${failing} failing`,
    `Pods: ${served(view.coverage.pods)}`,
    '',
    ...table(view.nodes),
    '',
  ].join('\n')
}
