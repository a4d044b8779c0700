import type { PlainPod } from '../../support/plain-samples.ts'

const rfc3339 = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())

/** The entries as a kubelet tells them in its Summary. */
export const summaryOf = (entries: readonly PlainPod[]) =>
  JSON.stringify({
    pods: entries.map(({ containers, ...podRef }) => ({
      podRef,
      containers: containers.map((each) => ({
        name: each.name,
        startTime: rfc3339(each.startTimeMs),
        cpu: { time: rfc3339(each.timeMs), usageCoreNanoSeconds: each.cpuNanoseconds },
        memory: { workingSetBytes: each.workingSetBytes },
      })),
    })),
  })

/** The same in the exposition format, which has no uids. */
export function expositionOf(entries: readonly PlainPod[]): string {
  const lines = entries.flatMap(({ namespace, name: pod, containers }) =>
    containers.flatMap(({ name, timeMs = '', startTimeMs, cpuNanoseconds, workingSetBytes }) => {
      const labels = `{container="${name}",namespace="${namespace}",pod="${pod}"}`
      return [
        startTimeMs === undefined ? '' : `container_start_time_seconds${labels} ${startTimeMs / 1000}`,
        cpuNanoseconds === undefined
          ? ''
          : `container_cpu_usage_seconds_total${labels} ${cpuNanoseconds / 1e9} ${timeMs}`,
        workingSetBytes === undefined ? '' : `container_memory_working_set_bytes${labels} ${workingSetBytes} ${timeMs}`,
      ]
    }),
  )
  return `resource_scrape_error 0\n${lines.join('\n')}\n`
}
