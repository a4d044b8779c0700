import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../src/kubelet/decode/summary.ts'
import type { NodeSample } from '../../src/model/sample.ts'
import { cut, STARTED, useStore } from './store-fixture.ts'

const decodeExposition = createExpositionDecoder()
const decodeSummary = createSummaryDecoder()

const at = useStore()

function take(sample: NodeSample): void {
  const askedAt = { wallMs: at.clock.wallMs(), monotonicMs: at.clock.monotonicMs() }
  at.store.put('node-1', { sample, askedAt, nodeTimeMs: cut(at.clock.wallMs()) })
}

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
/** CPU and memory as the Summary writes them of something that burns so many cores; fields of `cpu` can be replaced. */
const stats = (cores: number, cpu: Record<string, unknown> = {}) => ({
  startTime: time(STARTED),
  cpu: {
    time: time(at.clock.wallMs()),
    usageNanoCores: 0,
    usageCoreNanoSeconds: Math.round((at.clock.wallMs() - STARTED) * cores * 1e6),
    ...cpu,
  },
  memory: { time: time(at.clock.wallMs()), workingSetBytes: 4096 },
})
const web = (...containers: unknown[]) => ({ podRef: { namespace: 'default', name: 'web', uid: 'u' }, containers })
/** Takes the same Summary twice, 15 s apart. */
async function twice(make: () => unknown): Promise<void> {
  take(decodeSummary(Buffer.from(JSON.stringify(make()))))
  await at.clock.advance(15_000)
  take(decodeSummary(Buffer.from(JSON.stringify(make()))))
}
const names = () => at.served()?.containers.map(({ name }) => name)

describe('a Summary', () => {
  it('with fields that nobody knows yet is read as if they were not there', async () => {
    await twice(() => ({
      apiVersion: 'v9',
      node: { nodeName: 'node-1', ...stats(1), gpu: [{ usage: [1, { deep: null }] }] },
      pods: [{ ...web({ name: 'a', ...stats(0.2), cpuset: {} }), fate: 'unknown' }],
    }))
    expect(at.millicores()).toEqual([200])
    expect(at.store.node('node-1')?.usage.cpuNanocores).toBe(1e9)
  })

  it.each([
    ['no CPU', { cpu: undefined }],
    ['null for CPU', { cpu: null }],
    ['no memory', { memory: undefined }],
    ['null for its counter', { cpu: { time: null, usageNanoCores: null, usageCoreNanoSeconds: null } }],
    ['a counter that is no number', { cpu: { usageCoreNanoSeconds: 'many' } }],
  ])('with a container that has %s does not serve its pod, and serves the others', async (_, broken) => {
    await twice(() => ({
      pods: [
        { ...web({ name: 'a', ...stats(0.2) }, { name: 'b', ...stats(0.1), ...broken }) },
        { ...web({ name: 'a', ...stats(0.3) }), podRef: { namespace: 'default', name: 'other', uid: 'u' } },
      ],
    }))
    expect(at.served()).toBeUndefined()
    expect(at.millicores('other')).toEqual([300])
  })

  it('of Windows, without rates of its own and without swap, is served from the second scrape', async () => {
    const windows = { usageNanoCores: undefined }
    await twice(() => ({ node: { ...stats(2, windows) }, pods: [web({ name: 'a', ...stats(0.2, windows) })] }))
    const cpuNanocores = expect.closeTo(2e9, -4)
    expect(at.store.node('node-1')?.usage).toEqual({ cpuNanocores, memoryBytes: 4096, swapBytes: undefined })
    expect(at.served()?.containers[0]?.usage).toMatchObject({ cpuNanocores: 2e8, swapBytes: undefined })
  })

  it('without times and starts is measured by when it was asked', async () => {
    const bare = (cores: number) => {
      const { cpu, memory } = stats(cores)
      return { cpu: { ...cpu, time: undefined }, memory: { ...memory, time: undefined } }
    }
    await twice(() => ({ node: bare(1), pods: [web({ name: 'a', ...bare(0.2) })] }))
    expect(at.millicores()).toEqual([200])
    expect(at.served()).toMatchObject({ windowMs: 15_000, timestampMs: at.clock.wallMs() })
  })

  it('of a counter beyond 2^53 gives the rate to within what a double loses', async () => {
    let counter = 2n ** 63n
    const text = () => {
      const json = JSON.stringify({ pods: [web({ name: 'a', ...stats(0, { usageCoreNanoSeconds: 4242 }) })] })
      return Buffer.from(json.replace('4242', String(counter)))
    }
    take(decodeSummary(text()))
    await at.clock.advance(15_000)
    counter += 3_000_000_000n
    take(decodeSummary(text()))
    expect(at.millicores()?.[0]).toBeCloseTo(200, 3)
  })

  it('with a pod of no containers does not serve it', async () => {
    await twice(() => ({ pods: [web()] }))
    expect(at.served()).toBeUndefined()
  })
})

describe('the containers of a pod', () => {
  it('count the sidecar, and not the init container that has ended', async () => {
    const ended = () => ({ name: 'init', ...stats(0), memory: { workingSetBytes: 0 } })
    await twice(() => ({
      pods: [web(ended(), { name: 'proxy', ...stats(0.05) }, { name: 'app', ...stats(0.2) })],
    }))
    expect(names()).toEqual(['proxy', 'app'])
  })

  it('include an ephemeral one as soon as it has a rate, and until then the pod is not served without it', async () => {
    await twice(() => ({ pods: [web({ name: 'app', ...stats(0.2) })] }))
    expect(names()).toEqual(['app'])
    const debug = () => ({ name: 'debugger', ...stats(0.01), startTime: time(at.clock.wallMs() - 3000) })
    const begun = { ...debug(), startTime: time(at.clock.wallMs() - 3000) }
    take(decodeSummary(Buffer.from(JSON.stringify({ pods: [web({ name: 'app', ...stats(0.2) }, begun)] }))))
    expect(at.served()).toBeUndefined()
    await at.clock.advance(15_000)
    const later = { ...debug(), startTime: begun.startTime }
    take(decodeSummary(Buffer.from(JSON.stringify({ pods: [web({ name: 'app', ...stats(0.2) }, later)] }))))
    expect(names()).toEqual(['app', 'debugger'])
  })

  it('of a pod that has finished are gone with the second answer that no longer lists it', async () => {
    await twice(() => ({ pods: [web({ name: 'job', ...stats(0.2) })] }))
    expect(names()).toEqual(['job'])
    for (const rest of [['job'], undefined]) {
      await at.clock.advance(15_000)
      take(decodeSummary(Buffer.from('{"pods":[]}')))
      expect(names()).toEqual(rest)
    }
  })
})

describe('/metrics/resource', () => {
  const text = (): string => {
    const ms = at.clock.wallMs()
    const seconds = (cores: number) => ((ms - STARTED) * cores) / 1000
    const labels = '{container="app",namespace="default",pod="web"}'
    return [
      `container_cpu_usage_seconds_total${labels} ${seconds(0.2)} ${ms}`,
      `container_memory_working_set_bytes${labels} 4096 ${ms}`,
      `container_start_time_seconds${labels} ${STARTED / 1000}`,
      `node_cpu_usage_seconds_total ${seconds(1)} ${ms}`,
      `node_memory_working_set_bytes 8192 ${ms}`,
      'resource_scrape_error 0',
    ].join('\n')
  }
  const takeText = () => take(decodeExposition(Buffer.from(`${text()}\n`)))

  it('alone, of a virtual kubelet that has no Summary, is enough for node and pods', async () => {
    takeText()
    await at.clock.advance(15_000)
    takeText()
    expect(at.millicores()).toEqual([expect.closeTo(200, 6)])
    expect(at.store.node('node-1')?.usage.cpuNanocores).toBeCloseTo(1e9, -1)
  })

  it('goes on from where the Summary ended, as when the right to read that one is taken away', async () => {
    await twice(() => ({ node: stats(1), pods: [web({ name: 'app', ...stats(0.2) })] }))
    await at.clock.advance(15_000)
    takeText()
    expect(at.millicores()).toEqual([expect.closeTo(200, 6)])
    expect(at.served()?.windowMs).toBe(15_000)
  })
})
