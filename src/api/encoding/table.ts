import { formatGoDuration } from '../../model/duration.ts'
import type { MediaTransform } from '../media.ts'
import { jsonString } from './json-text.ts'
import {
  type MetricsItem,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
  resourcesOf,
} from './metrics-kind.ts'
import { partialJson } from './partial.ts'

function column(name: string, format: string, description = ''): string {
  const type = '"type":"string"'
  return `{"name":"${name}",${type},"format":"${format}","description":"${description}","priority":0}`
}

function columns(resources: readonly string[]): string {
  const quantities = resources.map((name) => column(name, 'quantity'))
  const all = [column('Name', 'name', 'Name of the resource'), ...quantities, column('Window', 'duration')]
  return `[${all.join(',')}]`
}

/**
 * Objects as a Table, compact JSON with a newline at its end. It has one column for each resource of the first object; an
 * object without that resource shows 0 (metrics-server, pkg/api/table.go). Without objects there are neither columns nor
 * rows: both are null, as in the Go server.
 * @param whole an object as JSON, with kind and apiVersion.
 */
export function tableJson<S extends MetricsSample>(
  kind: MetricsKind<S>,
  items: readonly MetricsItem<MetricsRecord, S>[],
  as: MediaTransform | undefined,
  whole: (record: MetricsRecord, sample: S) => string,
): Buffer {
  const apiVersion = `meta.k8s.io/${as?.version ?? 'v1'}`
  const [first] = items
  const resources = first === undefined ? [] : resourcesOf(kind.total(first.metrics)).map(([name]) => name)

  function objectOf({ record, metrics }: MetricsItem<MetricsRecord, S>): string {
    if (as?.includeObject === 'None') return 'null'
    if (as?.includeObject === 'Object') return whole(record, metrics)
    return partialJson(record, metrics, apiVersion)
  }
  function row(item: MetricsItem<MetricsRecord, S>): string {
    const quantities = new Map(resourcesOf(kind.total(item.metrics)))
    const values = resources.map((name) => `"${quantities.get(name) ?? '0'}"`)
    const cells = [jsonString(item.record.name), ...values, `"${formatGoDuration(item.metrics.windowMs)}"`]
    return `{"cells":[${cells.join(',')}],"object":${objectOf(item)}}`
  }

  const head = `{"kind":"Table","apiVersion":"${apiVersion}","metadata":{}`
  if (first === undefined) return Buffer.from(`${head},"columnDefinitions":null,"rows":null}\n`)
  return Buffer.from(`${head},"columnDefinitions":${columns(resources)},"rows":[${items.map(row).join(',')}]}\n`)
}
