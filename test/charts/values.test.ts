import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { render } from '../../scripts/kustomize.ts'
import { parseManifests } from '../support/manifests.ts'
import { CHART, HELM, helm, template, tryTemplate } from './helm.ts'

const read = (file: string) => readFileSync(`charts/metrics-server/${file}`, 'utf8')
const values = load(read('values.yaml')) as Record<string, unknown>
const schema = JSON.parse(read('values.schema.json')) as Schema
const chart = load(read('Chart.yaml')) as Record<string, string>

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names of values, "tls.helm.lookup", as deep as the schema names them. */
const named = ({ properties = {} }: Schema, path = ''): string[] =>
  Object.entries(properties).flatMap(([key, inner]) => [`${path}${key}`, ...named(inner, `${path}${key}.`)])

const given = (value: Record<string, unknown>, at: Schema, path = ''): string[] =>
  Object.entries(value).flatMap(([key, inner]) => {
    const next = at.properties?.[key]
    return [`${path}${key}`, ...(isMap(inner) && next?.properties ? given(inner, next, `${path}${key}.`) : [])]
  })

const open = (at: Schema, path: string): string[] => [
  ...(at.properties !== undefined && at.additionalProperties !== false ? [path] : []),
  ...Object.entries(at.properties ?? {}).flatMap(([key, inner]) => open(inner, `${path}.${key}`)),
]

/** What can be set in the Go server's chart, version 3.13. */
const GO_SERVER_VALUES = `
  image.repository image.tag image.pullPolicy imagePullSecrets nameOverride fullnameOverride namespaceOverride
  serviceAccount.create serviceAccount.annotations serviceAccount.name serviceAccount.secrets rbac.create rbac.pspEnabled
  apiService.create apiService.annotations apiService.insecureSkipTLSVerify apiService.caBundle commonLabels podLabels
  podAnnotations podSecurityContext hostUsers securityContext priorityClassName containerPort hostNetwork.enabled replicas
  revisionHistoryLimit updateStrategy podDisruptionBudget.enabled podDisruptionBudget.minAvailable
  podDisruptionBudget.maxUnavailable podDisruptionBudget.unhealthyPodEvictionPolicy defaultArgs args livenessProbe
  readinessProbe service.type service.port service.annotations service.labels addonResizer.enabled
  addonResizer.image.repository addonResizer.image.tag addonResizer.securityContext addonResizer.resources
  addonResizer.nanny.cpu addonResizer.nanny.extraCpu addonResizer.nanny.memory addonResizer.nanny.extraMemory
  addonResizer.nanny.minClusterSize addonResizer.nanny.pollPeriod addonResizer.nanny.threshold metrics.enabled
  serviceMonitor.enabled serviceMonitor.additionalLabels serviceMonitor.interval serviceMonitor.scrapeTimeout
  serviceMonitor.metricRelabelings serviceMonitor.relabelings resources extraVolumeMounts extraVolumes nodeSelector
  tolerations affinity topologySpreadConstraints dnsConfig deploymentAnnotations schedulerName tmpVolume tls.type
  tls.clusterDomain tls.certManager.addInjectorAnnotations tls.certManager.existingIssuer.enabled
  tls.certManager.existingIssuer.kind tls.certManager.existingIssuer.name tls.certManager.duration
  tls.certManager.renewBefore tls.certManager.annotations tls.certManager.labels tls.helm.lookup tls.helm.certDurationDays
  tls.existingSecret.name tls.existingSecret.lookup`.match(/\S+/g)

describe('the values of the chart', () => {
  it("have every name of the Go server's chart", () => {
    const names = new Set(given(values, schema))
    expect(GO_SERVER_VALUES?.filter((name) => !names.has(name))).toEqual([])
  })

  it('are those that the schema knows', () => {
    // Filled by the chart that has this one in it; and what a strategy may be given is not given.
    const others = ['enabled', 'global', 'updateStrategy.type', 'updateStrategy.rollingUpdate']
    expect(given(values, schema).sort()).toEqual(
      named(schema)
        .filter((name) => !others.includes(name))
        .sort(),
    )
  })

  it('are refused where they are misspelt, at every depth', () => {
    expect(open(schema, 'values')).toEqual([])
  })

  it('are all named in the README', () => {
    const text = read('README.md')
    const leaves = given(values, schema).filter((name, _, all) => !all.some((other) => other.startsWith(`${name}.`)))
    expect(leaves.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})

describe.skipIf(HELM === undefined)('values that are not there', () => {
  /** Each value that the Go server's chart does not have, null: helm takes it away. */
  const taken = (value: Record<string, unknown>, at: Schema, path = ''): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
        const name = `${path}${key}`
        const next = at.properties?.[key]
        if (isMap(inner) && next?.properties && GO_SERVER_VALUES?.some((known) => known.startsWith(`${name}.`)))
          return [[key, taken(inner, next, `${name}.`)]]
        return GO_SERVER_VALUES?.includes(name) ? [] : [[key, null]]
      }),
    )

  it("are no fault: an upgrade from the Go server's chart with --reuse-values has its values only", async () => {
    const values = taken(load(read('values.yaml')) as Record<string, unknown>, schema)
    expect(values).toMatchObject({ startupProbe: null, networkPolicy: null, rbac: { doctor: null } })
    const kinds = (manifests: readonly { kind: string }[]) => manifests.map(({ kind }) => kind).sort()
    expect(kinds(await template(values))).toEqual(kinds(await template({})))
    expect((await tryTemplate({ ...values, serviceMonitor: { enabled: true, bearerTokenFile: null } })).errors).toBe('')
  })
})

describe.skipIf(HELM === undefined)('as a part of another chart', () => {
  it.each([
    [true, 'Deployment'],
    [false, undefined],
  ])('is there when metrics-server.enabled is %s, by its condition', async (enabled, kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'umbrella-'))
    try {
      await mkdir(join(folder, 'charts'))
      await cp(CHART, join(folder, 'charts/metrics-server'), { recursive: true })
      const dependency = { name: 'metrics-server', version: chart.version, condition: 'metrics-server.enabled' }
      const umbrella = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies: [dependency] }
      await writeFile(join(folder, 'Chart.yaml'), JSON.stringify(umbrella))
      await writeFile(join(folder, 'values.yaml'), JSON.stringify({ 'metrics-server': { enabled } }))
      const { output, errors } = await helm(['template', 'platform', folder, '--namespace', 'kube-system'])
      expect(errors).toBe('')
      const found = parseManifests(output).find((m) => m.kind === 'Deployment')
      expect(found?.kind).toBe(kind)
      if (kind) expect(found?.metadata.name).toBe('platform-metrics-server')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('the chart', () => {
  it('installs the version of this package, under one number', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect([chart.version, chart.appVersion]).toEqual([version, version])
  })

  it('gives the rights of the manifests', () => {
    const roles = (texts: readonly unknown[]) =>
      (texts as { kind?: string; rules?: unknown }[]).filter((o) => o?.kind === 'ClusterRole').map((o) => o.rules)
    const templates = read('templates/rbac.yaml').replaceAll(/^.*\{\{.*$/gm, '')
    expect(roles(parseManifests(templates))).toEqual(roles(render('manifests/base')))
  })
})
