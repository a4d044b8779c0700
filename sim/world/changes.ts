import type { Clock, Timer } from '../../src/model/clock.ts'
import { randomSuffix } from './random.ts'
import type { SimPod, Workload } from './things.ts'
import { jobContainer } from './workloads.ts'
import { keyOf, type World } from './world.ts'

/** One more pod of the workload on that node; `number` tells its load from its mates'. */
export function startPodOf(
  world: World,
  workload: Workload,
  nodeName: string,
  number: number,
  createdMs = world.nowMs(),
): SimPod {
  const suffix = randomSuffix(world.random, 5)
  const deployed = workload.kind === 'Deployment'
  return world.addPod({
    namespace: workload.namespace,
    name: deployed ? `${workload.name}-${workload.revision}-${suffix}` : `${workload.name}-${suffix}`,
    nodeName,
    labels: {
      app: workload.name,
      ...workload.labels,
      [deployed ? 'pod-template-hash' : 'controller-revision-hash']: workload.revision,
    },
    containers: workload.containers(number),
    workload: keyOf(workload),
    createdMs,
  })
}

function replace(world: World, workload: Workload, pod: SimPod, number: number): SimPod {
  world.deletePod(pod)
  return startPodOf(world, workload, pod.nodeName, number)
}

/** Puts a pod that ends after `upMs` on a node, as a CronJob would. */
export function startJob(world: World, nodeName: string, upMs: number): SimPod {
  return world.addPod({
    namespace: 'lab',
    name: `report-${randomSuffix(world.random, 5)}`,
    nodeName,
    labels: { app: 'report' },
    containers: [jobContainer(upMs)],
  })
}

/** Lets the world change a little every `everyMs`: a pod is replaced, a job starts, old finished jobs go. Gives what stops it. */
export function keepChanging(world: World, clock: Clock, everyMs: number): () => void {
  let timer: Timer
  const next = (): void => {
    timer = clock.after(everyMs, () => {
      changeSomething(world)
      next()
    })
  }
  next()
  return () => timer.cancel()
}

function pick<T>(world: World, from: readonly T[]): T | undefined {
  return from[Math.floor(world.random() * from.length)]
}

function changeSomething(world: World): void {
  const nodeName = pick(world, [...world.nodes.keys()])
  if (nodeName === undefined) return
  if (world.random() < 0.3) {
    for (const pod of [...world.pods]) if (pod.name.startsWith('report-')) world.deletePod(pod)
    startJob(world, nodeName, 30_000)
    return
  }
  const workload = pick(
    world,
    [...world.workloads.values()].filter((w) => w.kind === 'Deployment'),
  )
  const pod = workload && pick(world, world.podsOf(workload))
  if (workload && pod) replace(world, workload, pod, Math.floor(world.random() * 100))
}
