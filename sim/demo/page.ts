import { type NodeUsage, nodeTable, type PodUsage, podTable } from './tables.ts'

interface Usage {
  readonly nodes: readonly NodeUsage[]
  readonly pods: readonly PodUsage[]
}

/**
 * Both tables under the commands that print them. Where not all rows fit into `rows` lines, the nodes get a third of
 * the place at least, and the rows with the most CPU are shown.
 */
export function page(head: readonly string[], { nodes, pods }: Usage, rows: number | undefined): string[] {
  // Two headings with a blank line before each, and two lines that may say how many are left out.
  const place = rows === undefined ? Number.POSITIVE_INFINITY : Math.max(6, rows - head.length - 6)
  const forPods = Math.min(pods.length + 1, Math.max(Math.ceil((place * 2) / 3), place - nodes.length - 1))
  return [
    ...head,
    '',
    ...section('kubectl top nodes', nodes.length, place - forPods, (by) => nodeTable(nodes, by)),
    '',
    ...section('kubectl top pods -A', pods.length, forPods, (by) => podTable(pods, by)),
  ]
}

function section(command: string, count: number, place: number, table: (by: 'name' | 'cpu') => string[]): string[] {
  if (count + 1 <= place) return [`$ ${command}`, ...table('name')]
  const shown = Math.max(1, Math.floor(place) - 1)
  return [`$ ${command} --sort-by=cpu`, ...table('cpu').slice(0, shown + 1), `… and ${count - shown} more`]
}
