import type { V1DeploymentSpec } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/options/parse.ts'
import { find, loadBase } from '../support/manifests.ts'

const deployment = find(loadBase(), 'Deployment', 'metrics-server').spec as V1DeploymentSpec
const container = deployment.template.spec?.containers[0]
const outcome = parseOptions(container?.args ?? ['no container'])

describe('the arguments of the Deployment', () => {
  it('are all understood, and none is without effect', () => {
    expect(outcome).toMatchObject({ kind: 'run', ignored: [], warnings: [] })
  })

  it('say what the Go server of the same manifests would be told', () => {
    expect(outcome.kind === 'run' && outcome.options).toMatchObject({
      metricResolutionMs: 15_000,
      serving: { port: 10_250, certDir: '/tmp' },
      kubelet: {
        insecureTls: false,
        completelyInsecure: false,
        useNodeStatusPort: true,
        preferredAddressTypes: ['InternalIP', 'ExternalIP', 'Hostname'],
      },
    })
  })

  it('leave the paths of the probes open to everybody', () => {
    const open = outcome.kind === 'run' ? outcome.options.authorization.alwaysAllowPaths : []
    expect(open).toContain(container?.readinessProbe?.httpGet?.path)
    expect(open).toContain(container?.livenessProbe?.httpGet?.path)
  })
})
