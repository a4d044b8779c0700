import { layOut } from './panel.ts'
import { ROWS } from './rows.ts'

const PROMETHEUS = { type: 'prometheus', uid: '$datasource' }

const labelValues = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource: PROMETHEUS,
  definition: query,
  query: { query, refId: name },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
})

/** manifests/monitoring/dashboard.json: as Grafana 10 and later import it. */
export function dashboard(): string {
  const json = {
    title: 'Metrics server',
    uid: 'metrics-server',
    description: 'Missing nodes with the cause, age of samples, requests, and the resources that the server uses.',
    tags: ['kubernetes', 'metrics-server'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {} },
        labelValues('job', 'Job', 'label_values(metrics_api_build_info, job)'),
        labelValues('instance', 'Replica', 'label_values(metrics_api_build_info{job=~"$job"}, instance)'),
      ],
    },
    annotations: { list: [] },
    panels: layOut(ROWS),
  }
  return `${JSON.stringify(json, undefined, 2)}\n`
}
