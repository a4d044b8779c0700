import { readFileSync } from 'node:fs'

const recording = (file: string) => readFileSync(new URL(`../test/fixtures/kubelet/${file}`, import.meta.url), 'utf8')

/** The recorded pod that is multiplied, and which of its containers. */
const POD = 'pair'
const CONTAINERS = ['burn', 'idle']

const podName = (i: number): string => `web-7895984c67-${(46_656 + i * 7).toString(36)}`

interface SummaryPod {
  readonly podRef: { readonly name: string }
  readonly containers: readonly { readonly name: string; readonly cpu: { readonly usageCoreNanoSeconds: number } }[]
}

function multiplied(pod: SummaryPod, i: number): SummaryPod {
  const containers = pod.containers
    .filter(({ name }) => CONTAINERS.includes(name))
    .map(({ cpu, ...rest }) => ({
      ...rest,
      cpu: { ...cpu, usageCoreNanoSeconds: cpu.usageCoreNanoSeconds + i * 1_234_567_891 },
    }))
  return { ...pod, podRef: { ...pod.podRef, name: podName(i) }, containers }
}

const FILESYSTEM = {
  time: '2026-11-22T02:10:50Z',
  availableBytes: 48_317_865_984,
  capacityBytes: 105_089_261_568,
  usedBytes: 57_344,
  inodesFree: 6_214_322,
  inodes: 6_553_600,
  inodesUsed: 15,
}
const COUNTERS = { rxBytes: 81_734_023, rxErrors: 0, txBytes: 90_233_412, txErrors: 0 }

/** What the whole Summary has besides, of a pod with two volumes and one network interface. */
function whole(pod: SummaryPod): SummaryPod {
  const more = {
    network: { time: FILESYSTEM.time, name: 'eth0', ...COUNTERS, interfaces: [{ name: 'eth0', ...COUNTERS }] },
    volume: ['kube-api-access', 'data'].map((name) => ({ ...FILESYSTEM, name })),
    'ephemeral-storage': FILESYSTEM,
    process_stats: { process_count: 3 },
  }
  return {
    ...pod,
    containers: pod.containers.map((container) => ({ ...container, rootfs: FILESYSTEM, logs: FILESYSTEM })),
    ...more,
  }
}

/** The recorded answer of {@link summaryAnswer} with what the whole Summary has besides (k8s.io/kubelet, stats/v1alpha1). */
export const wholeSummaryAnswer = (pods: number): Buffer => answerOf(pods, whole)

/** A recorded answer of `/stats/summary?only_cpu_and_memory=true`, as if its node had so many pods of two containers. */
export const summaryAnswer = (pods: number): Buffer => answerOf(pods, (pod) => pod)

const PSI_DATA = { total: 81_734_023, avg10: 0.12, avg60: 0.05, avg300: 0 }
const PSI = { psi: { full: PSI_DATA, some: PSI_DATA } }

/** The recorded answer of {@link summaryAnswer} with what a kernel that counts pressure adds to pods and containers. */
export const pressureAnswer = (pods: number): Buffer =>
  answerOf(pods, (pod) => {
    const pressed = <T>(of: T): T => ({
      ...of,
      cpu: { ...(of as { cpu: object }).cpu, ...PSI },
      memory: { ...(of as { memory?: object }).memory, ...PSI },
    })
    return pressed({ ...pod, containers: pod.containers.map(pressed) })
  })

function answerOf(pods: number, form: (pod: SummaryPod) => SummaryPod): Buffer {
  const summary = JSON.parse(recording('summary-3.json')) as { node: unknown; pods: SummaryPod[] }
  const model = summary.pods.find((pod) => pod.podRef.name === POD)
  if (model === undefined) throw new Error(`the recording has no pod ${POD}`)
  const all = Array.from({ length: pods }, (_, i) => form(multiplied(model, i)))
  // The kubelet indents by one space.
  return Buffer.from(JSON.stringify({ ...summary, pods: all }, null, 1))
}

/** A recorded answer of `/metrics/resource`, as if its node had so many pods of two containers. */
export function resourceAnswer(pods: number): Buffer {
  const series = (line: string): string[] => {
    if (!line.includes('pod="')) return [line]
    const container = /container="([^"]*)"/.exec(line)?.[1]
    if (!line.includes(`pod="${POD}"`) || !(container === undefined || CONTAINERS.includes(container))) return []
    return Array.from({ length: pods }, (_, i) => line.replace(`pod="${POD}"`, `pod="${podName(i)}"`))
  }
  return Buffer.from(recording('resource-3.txt').split('\n').flatMap(series).join('\n'))
}
