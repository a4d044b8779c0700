import { startPodOf } from './changes.ts'
import { type Random, randomUid } from './random.ts'
import { sinus } from './rates.ts'
import type { SimNode, Workload } from './things.ts'
import { createWorkloads, jobContainer } from './workloads.ts'
import type { World } from './world.ts'

export interface Population {
  readonly nodes: number
  /** Running pods of each node. */
  readonly podsPerNode: number
  /** Swap of each node, bytes; none when left out. */
  readonly swapBytes?: number
}

const HOUR_MS = 3_600_000
const GI = 2 ** 30
const FINISHED_JOB_MS = 40_000

const nodeName = (index: number): string => `node-${String(index + 1).padStart(2, '0')}`

export function createNode(index: number, nowMs: number, random: Random, swapBytes = 0): SimNode {
  const bootMs = nowMs - (2 + 400 * random()) * HOUR_MS
  const name = nodeName(index)
  return {
    name,
    uid: randomUid(random),
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}`,
      ...(index === 0 && { 'node-role.kubernetes.io/control-plane': '' }),
    },
    createdMs: bootMs,
    cores: index % 3 === 0 ? 8 : 4,
    memoryBytes: (index % 3 === 0 ? 32 : 16) * GI,
    swapBytes,
    system: {
      rate: sinus(110e6 + 60e6 * random(), 30e6, 600_000, random()),
      memory: { baseBytes: (0.6 + 0.5 * random()) * GI, swingBytes: 40 * 2 ** 20, periodMs: 600_000 },
    },
    bootMs,
    burnedBeforeBoot: 0,
    departed: [],
    departedNanoseconds: 0,
    kubeletPort: undefined,
  }
}

/** Fills an empty world: nodes, namespaces, workloads and their pods, hours old, and one finished pod. */
export function populate(world: World, population: Population): void {
  for (const namespace of ['default', 'kube-system', 'kube-public']) world.addNamespace(namespace)
  for (let i = 0; i < population.nodes; i++)
    world.addNode(createNode(i, world.nowMs(), world.random, population.swapBytes))
  for (const workload of createWorkloads(world.random)) {
    world.addNamespace(workload.namespace)
    world.workloads.set(`${workload.namespace}/${workload.name}`, workload)
  }
  const workloads = [...world.workloads.values()]
  for (const node of world.nodes.values()) fillNode(world, node, workloads, population.podsPerNode)
  finishedPod(world)
}

function fillNode(world: World, node: SimNode, workloads: readonly Workload[], pods: number): void {
  const daemons = workloads.filter((w) => w.kind === 'DaemonSet').slice(0, pods)
  const deployments = workloads.filter((w) => w.kind === 'Deployment')
  const index = [...world.nodes.keys()].indexOf(node.name)
  for (const daemon of daemons) startPodOf(world, daemon, node.name, index, bornAfter(world, node))
  for (let i = daemons.length; i < pods; i++) {
    const number = index * (pods - daemons.length) + i - daemons.length
    const workload = deployments[number % deployments.length]
    if (workload) startPodOf(world, workload, node.name, number, bornAfter(world, node))
  }
}

function bornAfter(world: World, node: SimNode): number {
  const age = world.nowMs() - node.bootMs
  return world.nowMs() - Math.min(age * 0.9, (0.2 + 5 * world.random()) * HOUR_MS)
}

function finishedPod(world: World): void {
  const [first] = world.nodes.values()
  if (first === undefined) return
  world.addPod({
    namespace: 'lab',
    name: 'report-once',
    nodeName: first.name,
    labels: { app: 'report' },
    containers: [jobContainer(FINISHED_JOB_MS)],
    createdMs: Math.max(first.bootMs, world.nowMs() - HOUR_MS),
  })
}
