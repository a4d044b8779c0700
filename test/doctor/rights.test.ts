import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { diagnose } from './doctor-fixture.ts'

let cluster: Cluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
})
afterEach(() => cluster.stop())

const asServer = () => [`--kubeconfig=${cluster.files.server}`]
const rights = async (flags: readonly string[] = []) => {
  const { report, code } = await diagnose(cluster, [...asServer(), ...flags])
  return { code, steps: report.steps.filter(({ check }) => check === 'right') }
}

const CONFIGMAP = 'configmaps extension-apiserver-authentication in kube-system'

describe('the rights that the server needs', () => {
  it('are those of the manifests', async () => {
    const { steps } = await rights()
    expect(steps.map(({ status, subject }) => `${status} ${subject}`)).toEqual([
      'ok get nodes/stats',
      'ok get nodes/metrics',
      'ok list nodes',
      'ok watch nodes',
      'ok list pods',
      'ok watch pods',
      'ok create tokenreviews.authentication.k8s.io',
      'ok create subjectaccessreviews.authorization.k8s.io',
      `ok list ${CONFIGMAP}`,
      `ok watch ${CONFIGMAP}`,
    ])
  })

  it.each([
    ['list', 'nodes', 'list nodes'],
    ['watch', 'nodes', 'watch nodes'],
    ['list', 'pods', 'list pods'],
    ['watch', 'pods', 'watch pods'],
    ['create', 'tokenreviews.authentication.k8s.io', 'create tokenreviews.authentication.k8s.io'],
    ['create', 'subjectaccessreviews.authorization.k8s.io', 'create subjectaccessreviews.authorization.k8s.io'],
    ['list', 'configmaps', `list ${CONFIGMAP}`],
    ['watch', 'configmaps', `watch ${CONFIGMAP}`],
  ])('are missed: %s %s', async (verb, what, subject) => {
    cluster.access.deny(SERVER_USER, verb, what)
    const { code, steps } = await rights()
    expect(code).toBe(1)
    const missing = steps.filter(({ status }) => status !== 'ok')
    expect(missing.map((one) => one.subject)).toEqual([subject])
    expect(missing[0]).toMatchObject({ status: 'failed', remedy: expect.stringMatching(/manifests/) })
  })

  it.each([
    ['nodes/stats', 'summary'],
    ['nodes/metrics', 'resource'],
  ])('may lack %s, unless nothing else will do', async (what, source) => {
    cluster.access.deny(SERVER_USER, 'get', what)
    const either = await rights()
    expect(either.steps.find(({ status }) => status === 'note')).toMatchObject({ subject: `get ${what}` })
    const only = await rights([`--kubelet-metrics-source=${source}`])
    expect(only.steps.find(({ status }) => status === 'failed')).toMatchObject({ subject: `get ${what}` })
  })

  it('are not checked that the flags make needless', async () => {
    const { steps } = await rights(['--authentication-skip-lookup', '--kubelet-metrics-source=resource'])
    expect(steps.map(({ subject }) => subject)).not.toContain(`list ${CONFIGMAP}`)
    expect(steps.map(({ subject }) => subject)).not.toContain('get nodes/stats')
  })

  it('that cannot be checked are skipped', async () => {
    cluster.access.revoke('system:authenticated')
    cluster.access.grant({ subjects: [SERVER_USER], verbs: ['get'], what: ['/version'] })
    const { steps } = await rights()
    expect(new Set(steps.map(({ status }) => status))).toEqual(new Set(['skipped']))
  })

  it('to list nodes are missed where those are looked at', async () => {
    cluster.access.deny(SERVER_USER, 'list', 'nodes')
    const { check } = await diagnose(cluster, asServer())
    expect(check('nodes')).toMatchObject({ status: 'skipped', remedy: 'see right: list nodes' })
  })
})
