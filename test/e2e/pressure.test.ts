import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimPod } from '../../sim/world/things.ts'
import { nodeStallsAt, podStallsBetween, type Stalls, stallsAt } from '../../sim/world/truth.ts'
import { until } from '../system/server-process.ts'
import { type MeasuredCluster, startMeasuredCluster } from './measured-cluster.ts'

const RESOURCES = ['cpu', 'memory', 'io'] as const
const KINDS = { waiting: 'some', stalled: 'full' } as const
/** How long before the timestamp, cut to a second, or after it a sample may have been taken, milliseconds. */
const SLACK_MS = 2500

interface Series {
  readonly container: string
  readonly namespace: string
  readonly node: string
  readonly pod: string
  readonly seconds: number
  readonly timestampMs: number
}

function seriesOf(text: string, resource: string, kind: string): Series[] {
  const name = `container_pressure_${resource}_${kind}_seconds_total`
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(`${name}{`)) return []
    const match =
      /\{container="(.*)",namespace="(.*)",node="(.*)",pod="(.*)"\} ([\d.]+) (\d{13})$/.exec(line) ?? expect.fail(line)
    const [container = '', namespace = '', node = '', pod = ''] = match.slice(1)
    return [{ container, namespace, node, pod, seconds: Number(match[5]), timestampMs: Number(match[6]) }]
  })
}

const keyOf = ({ node, namespace, pod, container }: Omit<Series, 'seconds' | 'timestampMs'>) =>
  [node, namespace, pod, container].join('/')

describe.each(['microseconds', 'nanoseconds'] as const)('pressure of a cluster whose containers have %s', (unit) => {
  let measured: MeasuredCluster
  const text = async () => (await measured.server.get('/metrics/resource')).body
  const pods = (): SimPod[] => measured.runningPods().map((key) => measured.podOf(key))
  /** Every node, every pod and every container. */
  const expected = () =>
    [
      ...[...measured.cluster.world.nodes.keys()].map((node) => [node, '', '', '']),
      ...pods().flatMap(({ nodeName, namespace, name, containers }) => [
        [nodeName, namespace, name, ''],
        ...containers.map((container) => [nodeName, namespace, name, container.name]),
      ]),
    ]
      .map((parts) => parts.join('/'))
      .sort()

  beforeAll(async () => {
    measured = await startMeasuredCluster({ kubelets: { manner: { pressure: unit } } }, [
      '--extra-resources=ephemeral-storage',
      '--extra-resources-resolution=10s',
      '--expose-resource-metrics',
    ])
    // A unit that is not obvious takes a few scrapes.
    await until(text, (body) => seriesOf(body, 'io', 'waiting').length === expected().length, 80_000)
    await until(text, (body) => seriesOf(body, 'cpu', 'waiting').length === expected().length, 80_000)
  }, 180_000)
  afterAll(() => measured?.stop())

  it('is truly what each node, pod and container stalled, under the names of cAdvisor', async () => {
    const body = await text()
    const { world } = measured.cluster
    for (const resource of RESOURCES) {
      for (const [kind, field] of Object.entries(KINDS)) {
        const series = seriesOf(body, resource, kind)
        const isUndefined = ({ pod }: Series) => pod === '' && resource === 'cpu' && kind === 'stalled'
        expect(series.filter(isUndefined)).toEqual([])
        for (const one of series) {
          const node = world.nodes.get(one.node) ?? expect.fail(one.node)
          const at = (timeMs: number): Stalls | undefined => {
            if (one.pod === '') return nodeStallsAt(node, resource, timeMs)
            const pod = measured.podOf(`${one.namespace}/${one.pod}`)
            const container = pod.containers.find(({ name }) => name === one.container)
            const sinceMs = Math.max(pod.createdMs, node.bootMs)
            return container ? stallsAt(container, resource, timeMs) : podStallsBetween(pod, resource, sinceMs, timeMs)
          }
          const microseconds = Math.round(one.seconds * 1e6)
          expect(microseconds, keyOf(one)).toBeGreaterThanOrEqual(at(one.timestampMs - SLACK_MS)?.[field] ?? 0)
          expect(microseconds, keyOf(one)).toBeLessThanOrEqual(at(one.timestampMs + SLACK_MS)?.[field] ?? -1)
        }
      }
    }
    expect(seriesOf(body, 'cpu', 'waiting').map(keyOf).sort()).toEqual(expected())
  })

  it('never falls', async () => {
    const before = seriesOf(await text(), 'cpu', 'waiting')
    const isNew = (body: string) =>
      seriesOf(body, 'cpu', 'waiting').some((each, i) => each.seconds !== before[i]?.seconds)
    const after = seriesOf(await until(text, isNew, 30_000), 'cpu', 'waiting')
    for (const one of before) {
      const same = after.find((each) => keyOf(each) === keyOf(one)) ?? expect.fail(keyOf(one))
      expect(same.seconds).toBeGreaterThanOrEqual(one.seconds)
      expect(same.timestampMs).toBeGreaterThanOrEqual(one.timestampMs)
    }
  })
})

describe('pressure of a cluster whose kernels do not count it', () => {
  let measured: MeasuredCluster
  beforeAll(async () => {
    measured = await startMeasuredCluster({}, ['--expose-resource-metrics'])
  }, 60_000)
  afterAll(() => measured?.stop())

  it('is absent, although kubelets report 0', async () => {
    const { body } = await measured.server.get('/metrics/resource')
    expect(body).toContain('# TYPE container_pressure_cpu_waiting_seconds_total counter\n')
    expect(body).not.toMatch(/^container_pressure_/m)
    expect(body).toMatch(/^container_cpu_usage_seconds_total/m)
  })
})
