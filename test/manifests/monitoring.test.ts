import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metricsOfNothing } from '../../scripts/metrics-document.ts'
import { schemaProblems } from '../support/api-schema.ts'
import { find, identityOf, loadBase, parseManifests } from '../support/manifests.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { askedBy, groupingsOf } from '../support/promql.ts'

const read = (file: string) => readFileSync(new URL(`../../manifests/monitoring/${file}`, import.meta.url), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}
interface Panel {
  readonly title: string
  readonly type: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}

const rules = (parseManifests(read('rules.yaml'))[0] as unknown as RuleFile).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(read('dashboard.json')) as { panels: Panel[]; templating: { list: { query: unknown }[] } }
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const queries: [string, string][] = [
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr])),
]

/** The labels of every series that this server has, and those that Prometheus adds to each. */
function seriesLabels(): Map<string, ReadonlySet<string>> {
  const series = new Map<string, ReadonlySet<string>>()
  for (const { name, type, labels } of metricsOfNothing(createManualClock())) {
    const all = [...labels, 'job', 'instance']
    if (type !== 'histogram') series.set(name, new Set(all))
    else {
      series.set(`${name}_bucket`, new Set([...all, 'le']))
      for (const suffix of ['_sum', '_count']) series.set(name + suffix, new Set(all))
    }
  }
  return series
}

const SERIES = seriesLabels()

/** What a query asks for that is not there. */
function unknownTo(query: string): string[] {
  const asked = askedBy(query)
  const strangers = asked.filter(({ metric }) => !SERIES.has(metric)).map(({ metric }) => metric)
  const labels = asked.flatMap(({ metric, labels: own }) =>
    own.filter((label) => SERIES.get(metric)?.has(label) === false).map((label) => `${metric}{${label}}`),
  )
  const groupings = groupingsOf(query).filter((label) => !asked.some(({ metric }) => SERIES.get(metric)?.has(label)))
  return [...strangers, ...labels, ...groupings]
}

describe('every query', () => {
  it.each(queries)('of %s asks for metrics and labels that there are', (_, query) => {
    expect(askedBy(query).length).toBeGreaterThan(0)
    expect(unknownTo(query)).toEqual([])
  })

  it('that is wrong would be found', () => {
    const wrong = 'sum by (colour) (rate(apiserver_request_total{cod="5"}[5m])) / no_such_metric_total{a="b{c}"}'
    expect(unknownTo(wrong)).toEqual(['no_such_metric_total', 'apiserver_request_total{cod}', 'colour'])
  })

  it('of the dashboard heeds the chosen replicas', () => {
    const heedless = panels.flatMap(({ targets = [] }) =>
      targets.filter(({ expr }) => askedBy(expr).some(({ labels }) => !labels.includes('instance'))),
    )
    expect(heedless).toEqual([])
  })
})

describe('the alerts', () => {
  const tests = read('rules.test.yaml')
  it.each(
    rules.map((rule) => [rule.alert, rule] as const),
  )('%s is tested, explained and says how bad it is', (alert, rule) => {
    expect(tests).toContain(`{alertname="${alert}"}`)
    expect(read('README.md')).toContain(`| \`${alert}\` |`)
    expect(['warning', 'critical']).toContain(rule.labels.severity)
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description'])
  })

  it('are told apart from other servers of Kubernetes', () => {
    const shared = /^(apiserver|authenticat|authoriz|rest_client|process|nodejs)/
    const mixed = rules.filter(({ expr }) =>
      askedBy(expr).some(({ metric, labels }) => shared.test(metric) && !labels.includes('job')),
    )
    expect(mixed.map(({ alert }) => alert)).toEqual([])
  })

  it('are the same for the operator', () => {
    const [operators] = parseManifests(read('prometheusrule.yaml'))
    expect(operators?.spec).toEqual(parseManifests(read('rules.yaml'))[0])
  })
})

describe('the dashboard', () => {
  it('has a title and an explanation for each panel', () => {
    expect(panels.filter(({ description }) => description === undefined || description === '')).toEqual([])
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
  })

  it('lays no panel over another, or over the edge', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })
})

describe('what lets Prometheus in', () => {
  const [monitor] = parseManifests(read('servicemonitor.yaml'))
  const spec = monitor?.spec as { jobLabel: string; selector: { matchLabels: object }; endpoints: { port: string }[] }
  const service = find(loadBase(), 'Service', 'metrics-server')

  it('finds the Service, its port, and the job that the rules name', () => {
    expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels)
    expect(service.metadata.labels?.[spec.jobLabel]).toBe('metrics-server')
    const { ports } = service.spec as { ports: { name: string }[] }
    expect(ports.map(({ name }) => name)).toContain(spec.endpoints[0]?.port)
  })
})

const manifests = ['rbac.yaml', 'servicemonitor.yaml', 'prometheusrule.yaml'].flatMap((file) =>
  parseManifests(read(file)),
)
it.each(manifests.map((manifest) => [identityOf(manifest), manifest] as const))('%s is valid', async (_, manifest) => {
  expect(await schemaProblems(manifest)).toEqual([])
})
