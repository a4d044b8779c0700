import { describe, expect, it } from 'vitest'
import { openApiV2, openApiV3 } from '../../../src/api/openapi/build.ts'
import { reachable, type Schema } from '../../../src/api/openapi/schema.ts'

type Json = { [key: string]: Json } & Json[] & string

function* references(document: unknown): Generator<string> {
  if (typeof document !== 'object' || document === null) return
  for (const [key, value] of Object.entries(document)) {
    if (key === '$ref') yield String(value)
    else yield* references(value)
  }
}

const lookUp = (document: unknown, pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce((at, key) => (at as Json)?.[key], document)

describe('the OpenAPI documents', () => {
  const v2 = openApiV2() as unknown as Json
  const v3 = openApiV3()

  it('describe the same paths, which are those that are served', () => {
    const paths = [...v3.values()].flatMap((d) => Object.keys((d as unknown as Json).paths ?? {}))
    expect(paths).toEqual(Object.keys(v2.paths ?? {}))
    expect(paths).toEqual([
      '/apis/',
      '/apis/metrics.k8s.io/',
      '/apis/metrics.k8s.io/v1beta1/',
      '/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods',
      '/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods/{name}',
      '/apis/metrics.k8s.io/v1beta1/nodes',
      '/apis/metrics.k8s.io/v1beta1/nodes/{name}',
      '/apis/metrics.k8s.io/v1beta1/pods',
      '/version/',
    ])
  })

  it('refer only to schemas that they hold, and hold none in vain', () => {
    for (const document of [v2, ...v3.values()]) {
      const used = new Set(references(document))
      for (const pointer of used) expect(lookUp(document, pointer), pointer).toBeDefined()
      const { definitions, components } = document as Json
      const root = definitions === undefined ? '#/components/schemas/' : '#/definitions/'
      for (const name of Object.keys(definitions ?? components?.schemas ?? {})) expect(used).toContain(root + name)
    }
  })

  it('have every parameter of a path, and operation ids that are unique', () => {
    const ids = new Set<string>()
    for (const [path, item] of Object.entries(v2.paths ?? {})) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1])
      const parameters = (item.parameters ?? []) as unknown as { name: string; in: string; required?: boolean }[]
      const required = parameters.filter((p) => p.in === 'path')
      expect(required.map((p) => p.name).sort()).toEqual(named.sort())
      expect(required.every((p) => p.required)).toBe(true)
      ids.add(String(item.get?.operationId))
    }
    expect(ids.size).toBe(Object.keys(v2.paths ?? {}).length)
  })

  it('explain podmetrics and nodemetrics.usage', () => {
    const schemas = (v3.get('apis/metrics.k8s.io/v1beta1') as unknown as Json).components?.schemas as Json
    const node = schemas['io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics']
    expect(node?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics' },
    ])
    expect(node?.properties?.usage?.description).toMatch(/cpu/)
    const pod = schemas['io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics']
    expect(pod?.properties?.containers?.items?.allOf?.[0]?.$ref).toMatch(/ContainerMetrics$/)
  })

  it('cannot be made of schemas that are not there', () => {
    const table = new Map<string, Schema>([['a', { properties: { b: { $ref: '#/definitions/c' } } }]])
    expect(() => reachable(table, ['a'])).toThrow('no such schema: c')
  })
})
