import { readQuantity } from './quantities.ts'

/** Usage as the API gives it. */
export interface ResourceList {
  readonly cpu: string
  readonly memory: string
}

export interface NodeUsage {
  readonly name: string
  readonly usage: ResourceList
  readonly allocatable: ResourceList | undefined
}

export interface PodUsage {
  readonly namespace: string
  readonly name: string
  readonly containers: readonly { readonly name: string; readonly usage: ResourceList }[]
}

const MI = 2 ** 20
const nanocores = (usage: ResourceList): number => readQuantity(usage.cpu, -9)
const bytes = (usage: ResourceList): number => readQuantity(usage.memory, 0)
/** kubectl rounds millicores up (resource.Quantity.MilliValue) and mebibytes down. */
const millis = (nano: number): number => Math.ceil(nano / 1e6)
const cpuText = (nano: number): string => `${millis(nano)}m`
const memoryText = (value: number): string => `${Math.floor(Math.ceil(value) / MI)}Mi`
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What `kubectl top nodes` prints (kubectl, pkg/metricsutil/metrics_printer.go), by name, or the most CPU first. */
export function nodeTable(nodes: readonly NodeUsage[], by: 'name' | 'cpu' = 'name'): string[] {
  const sorted = [...nodes].sort((a, b) =>
    by === 'cpu' ? millis(nanocores(b.usage)) - millis(nanocores(a.usage)) : byText(a.name, b.name),
  )
  const rows = sorted.map(({ name, usage, allocatable }) => {
    const [cpu, memory] = [nanocores(usage), bytes(usage)]
    const cpuShare = allocatable && percent(millis(cpu), millis(nanocores(allocatable)))
    const memoryShare = allocatable && percent(memory, bytes(allocatable))
    return [name, cpuText(cpu), cpuShare ?? '', memoryText(memory), memoryShare ?? '']
  })
  return align([['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'], ...rows])
}

/** What `kubectl top pods -A` prints, by namespace and name, or the most CPU first (`--sort-by=cpu`). */
export function podTable(pods: readonly PodUsage[], by: 'name' | 'cpu' = 'name'): string[] {
  const totals = pods.map((pod) => ({
    pod,
    cpu: pod.containers.reduce((sum, c) => sum + nanocores(c.usage), 0),
    memory: pod.containers.reduce((sum, c) => sum + bytes(c.usage), 0),
  }))
  totals.sort(
    (a, b) =>
      (by === 'cpu' ? millis(b.cpu) - millis(a.cpu) : 0) ||
      byText(a.pod.namespace, b.pod.namespace) ||
      byText(a.pod.name, b.pod.name),
  )
  const rows = totals.map(({ pod, cpu, memory }) => [pod.namespace, pod.name, cpuText(cpu), memoryText(memory)])
  return align([['NAMESPACE', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'], ...rows])
}

function percent(used: number, available: number): string {
  return `${available === 0 ? 0 : Math.trunc((used / available) * 100)}%`
}

/** Columns three blanks wider than their widest cell, at least six wide, as kubectl's tabwriter makes them. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(6, ...rows.map((row) => (row[column] ?? '').length + 3)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(''))
}
