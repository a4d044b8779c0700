import { describe, expect, it } from 'vitest'
import { createCoverage } from '../../src/server/coverage.ts'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import { createManualClock } from '../support/manual-clock.ts'

const pod = (namespace: string, name: string) => ({ namespace, name, uid: name, labels: NO_LABELS })
const node = (name: string) => {
  return { name, uid: name, labels: NO_LABELS, addresses: [], kubeletPort: undefined, resourceMetricsPath: undefined }
}
const usage = { cpuNanocores: 1, memoryBytes: 1, swapBytes: undefined }
const served = { timestampMs: 1, windowMs: 1, usage, containers: [] }

describe('what is served of what is known', () => {
  it('is counted, at most once a second', async () => {
    const clock = createManualClock()
    const missing = new Set(['node-2', 'b', 'c'])
    const coverage = createCoverage({
      clock,
      nodes: { all: () => [node('node-1'), node('node-2')] },
      pods: {
        namespaces: () => ['shop', 'lab'],
        inNamespace: (namespace) => (namespace === 'shop' ? [pod('shop', 'a'), pod('shop', 'b')] : [pod('lab', 'c')]),
      },
      store: {
        node: (name) => (missing.has(name) ? undefined : served),
        pod: ({ name }) => (missing.has(name) ? undefined : served),
      },
    })
    const first = { nodes: { known: 2, served: 1 }, pods: { known: 3, served: 1 } }
    expect(coverage()).toEqual(first)
    missing.clear()
    await clock.advance(999)
    expect(coverage()).toEqual(first)
    await clock.advance(1)
    expect(coverage()).toEqual({ nodes: { known: 2, served: 2 }, pods: { known: 3, served: 3 } })
  })
})
