import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRulesOf, type RbacObject } from '../../sim/access/roles.ts'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { schemaProblems } from '../support/api-schema.ts'
import { parseManifests } from '../support/manifests.ts'
import { type ServerProcess, startServer, until } from '../system/server-process.ts'
import { diagnose } from './doctor-fixture.ts'

const objects = parseManifests(readFileSync(new URL('../../manifests/doctor/rbac.yaml', import.meta.url), 'utf8'))
const manifests = objects as unknown as RbacObject[]

const roles = manifests.filter(({ kind }) => kind.endsWith('Role'))
/** The steps that need these rights, in the order of the report. */
const CHECKS = ['apiservice', 'service', 'endpoints', 'samples', 'pods', 'autoscalers']

let cluster: Cluster
let server: ServerProcess
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
  // It asks the cluster each time whether somebody may list metrics.
  server = await startServer(cluster, ['--authorization-webhook-cache-unauthorized-ttl=0s'])
  await until(
    () => server.names('pods'),
    (names) => names.length === 1,
  )
  await cluster.registerMetricsServer({ port: server.port })
}, 40_000)
afterAll(async () => {
  await server.stop()
  await cluster.stop()
})

describe('manifests/doctor', () => {
  it("binds its roles to the server's service account, and to nobody else", () => {
    const bindings = manifests.filter(({ kind }) => kind.endsWith('Binding'))
    expect(bindings.map(({ roleRef }) => roleRef)).toEqual(
      roles.map(({ kind, metadata }) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name })),
    )
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'metrics-server', namespace: 'kube-system' }])
    }
  })

  it('fits the schemas', async () => {
    expect(await Promise.all(objects.map(schemaProblems))).toEqual(objects.map(() => []))
  })

  it('grants nothing but reading, and no secret', () => {
    const rules = roles.flatMap((role) => role.rules ?? [])
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']))
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets')
  })

  it('grants all that is skipped without it', async () => {
    const asServer = [`--kubeconfig=${cluster.files.server}`]
    const before = await diagnose(cluster, asServer)
    expect(before.code).toBe(0)
    expect(before.remarkable.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      CHECKS.map((check) => `skipped ${check}`),
    )
    for (const rule of accessRulesOf(manifests)) cluster.access.grant(rule)
    const after = await diagnose(cluster, asServer)
    expect(after.remarkable).toEqual([])
    expect(after.report).toMatchObject({ healthy: true, counts: { note: 0, skipped: 0, failed: 0 } })
  })

  it('is of no use where the rights of the server itself are missing', async () => {
    cluster.access.deny(SERVER_USER, 'list', 'pods')
    const { check } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    expect(check('pods')).toMatchObject({ status: 'skipped', remedy: 'see right: list pods' })
    expect(check('right', 'list pods')).toMatchObject({ status: 'failed' })
  })
})
