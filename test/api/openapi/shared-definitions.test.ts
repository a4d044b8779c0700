import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openApiV2, openApiV3 } from '../../../src/api/openapi/build.ts'
import published from '../../fixtures/api/apimachinery-definitions.json' with { type: 'json' }

interface Definition {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Definition>>
  readonly [field: string]: unknown
}
type Definitions = Readonly<Record<string, Definition>>

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))
const ours: Definitions = asJson(openApiV2()).definitions
const oursV3: Definitions = asJson(openApiV3().get('apis/metrics.k8s.io/v1beta1')).components.schemas
const isOwn = (name: string) => name.startsWith('io.k8s.metrics.')
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

describe('definitions that other API servers publish too', () => {
  const v2: Definitions = published.v2
  const v3: Definitions = published.v3

  it.each(Object.keys(ours).filter((name) => !isOwn(name)))('%s is as apimachinery has it, in v2', (name) => {
    expect(ours[name]).toEqual(v2[name])
  })

  it.each(Object.keys(oursV3).filter((name) => !isOwn(name)))('%s is as apimachinery has it, in v3', (name) => {
    expect(oursV3[name]).toEqual(v3[name])
  })
})

/** The descriptions in a model of @kubernetes/client-node, which is generated from Kubernetes' own swagger.json. */
function modelOf(name: string): ReadonlyMap<string, string> {
  const file = `../../../node_modules/@kubernetes/client-node/dist/gen/models/${name}.d.ts`
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').split('static readonly discriminator')[0] ?? ''
  const fields = text.matchAll(/(?:\/\*\*\n +\* ([^\n]*)\n +\*\/\n +)?'(\w+)'\??:/g)
  return new Map(
    [...fields].map(([, about = '', field = '']) => [field.replace(/^_/, ''), about.replaceAll(/\\(['"])/g, '$1')]),
  )
}

describe('descriptions in Kubernetes 1.36', () => {
  it.each([
    ['ObjectMeta', 'V1ObjectMeta'],
    ['ManagedFieldsEntry', 'V1ManagedFieldsEntry'],
    ['OwnerReference', 'V1OwnerReference'],
    ['APIGroup', 'V1APIGroup'],
    ['APIGroupList', 'V1APIGroupList'],
    ['APIResource', 'V1APIResource'],
    ['APIResourceList', 'V1APIResourceList'],
    ['GroupVersionForDiscovery', 'V1GroupVersionForDiscovery'],
    ['ServerAddressByClientCIDR', 'V1ServerAddressByClientCIDR'],
    ['io.k8s.apimachinery.pkg.version.Info', 'VersionInfo'],
  ])('are those of %s', (name, model) => {
    const { properties = {} } = ours[name.includes('.') ? name : META + name] ?? {}
    const theirs = modelOf(model)
    expect(Object.keys(properties).sort()).toEqual([...theirs.keys()].sort())
    for (const [field, { description = '', $ref }] of Object.entries(properties)) {
      // The generator drops what stands beside a reference.
      if ($ref === undefined) expect(description.replaceAll('\n', ' '), field).toBe(theirs.get(field))
    }
  })

  it('are those of ListMeta, which has got a field more since 1.36', () => {
    const fields = Object.keys(ours[`${META}ListMeta`]?.properties ?? {})
    expect([...modelOf('V1ListMeta').keys()].filter((field) => !fields.includes(field))).toEqual(['shardInfo'])
  })
})

const withoutKinds = ({ 'x-kubernetes-group-version-kind': _, ...rest }: Definition) => rest

/** The definitions that an aggregator renames when it merges `source` into its own (kube-openapi, pkg/aggregator, mergeSpecs). */
const renamed = (own: Definitions, source: Definitions): string[] =>
  Object.entries(source).flatMap(([name, definition]) => {
    const existing = own[name]
    return existing === undefined || isDeepStrictEqual(withoutKinds(existing), withoutKinds(definition)) ? [] : [name]
  })

describe('a cluster that merges our definitions with its own', () => {
  const listMeta = published.v2['io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta']
  const shardInfo = { $ref: `#/definitions/${META}ShardInfo` }

  it('renames none', () => {
    expect(renamed(published.v2, ours)).toEqual([])
  })

  it('renames only ListMeta since Kubernetes 1.36, as it does for the Go server', () => {
    const newer = { ...listMeta, properties: { ...listMeta.properties, shardInfo } }
    expect(renamed({ ...published.v2, [`${META}ListMeta`]: newer }, ours)).toEqual([`${META}ListMeta`])
  })

  it('compares all but the kinds', () => {
    const group = ours[`${META}APIGroup`]
    const otherKinds = { ...group, 'x-kubernetes-group-version-kind': [] }
    const otherWords = { ...group, description: 'A group.' }
    expect(renamed({ [`${META}APIGroup`]: otherKinds }, ours)).toEqual([])
    expect(renamed({ [`${META}APIGroup`]: otherWords }, ours)).toEqual([`${META}APIGroup`])
  })
})
