import { beforeEach, describe, expect, it } from 'vitest'
import { createHealthChecks, type HealthState } from '../../src/server/health-checks.ts'

const facts = {
  nodesSynced: true,
  podsSynced: true,
  trustSynced: true,
  nodes: 3,
  warmedUp: 3,
  served: 3,
  timely: true,
}
let now = { ...facts }

beforeEach(() => {
  now = { ...facts }
})

const state: HealthState = {
  nodesSynced: () => now.nodesSynced,
  podsSynced: () => now.podsSynced,
  trustSynced: () => now.trustSynced,
  scrapes: () => ({ nodes: now.nodes, warmedUp: now.warmedUp }),
  servedNodes: () => now.served,
  timely: () => now.timely,
}

/** The names of an endpoint's failing checks, with their reasons. */
function failing(endpoint: 'livez' | 'readyz' | 'healthz', checks = createHealthChecks(state)): Record<string, string> {
  const own = checks.filter((check) => check.endpoints.includes(endpoint))
  return Object.fromEntries(own.map((c) => [c.name, c.check() ?? '']).filter(([, reason]) => reason !== ''))
}

describe('ready', () => {
  it('is a server that has synced, scraped every node, and has something to serve', () => {
    expect(failing('readyz')).toEqual({})
  })

  it.each([
    ['nodesSynced', 'metric-informer-sync'],
    ['podsSynced', 'metric-informer-sync'],
    ['trustSynced', 'authentication-config-sync'],
  ] as const)('is not one before %s', (fact, check) => {
    now = { ...facts, [fact]: false }
    expect(Object.keys(failing('readyz'))).toContain(check)
  })

  it('is not one whose first round has not ended, and stays one while nodes come', () => {
    const checks = createHealthChecks(state)
    now = { ...facts, warmedUp: 2, served: 2 }
    expect(failing('readyz', checks)).toEqual({
      'metric-storage-ready': 'no metrics to serve yet: 3 nodes known, 2 of them scraped',
    })
    now = { ...facts }
    expect(failing('readyz', checks)).toEqual({})
    now = { ...facts, nodes: 4 }
    expect(failing('readyz', checks)).toEqual({})
  })

  it('is not one of an empty cluster, nor one for which nothing is fresh', () => {
    now = { ...facts, nodes: 0, warmedUp: 0, served: 0 }
    expect(Object.keys(failing('readyz'))).toEqual(['metric-storage-ready'])
    now = { ...facts, served: 0 }
    expect(failing('readyz')).toEqual({
      'metric-storage-ready': 'no metrics to serve: none of 3 nodes was scraped within --sample-retention',
    })
  })
})

describe('alive', () => {
  it('is a server that waits for its apiserver and for nodes that do not answer', () => {
    now = { ...facts, nodesSynced: false, podsSynced: false, trustSynced: false, warmedUp: 0, served: 0 }
    expect(failing('livez')).toEqual({})
  })

  it('is not one whose timers do not run', () => {
    now = { ...facts, timely: false }
    expect(Object.keys(failing('livez'))).toEqual(['metric-collection-timely'])
  })
})
