import type { NodeReport } from './report.ts'

/** A number as Go's strconv.FormatFloat(value, 'g', -1, 64) writes it: 708608, 11.185440713, 1.302528e+06. */
function goFloat(value: number): string {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

interface Sample {
  readonly labels: string
  readonly value: number
  readonly timeMs: number | undefined
}

type Family = readonly [name: string, stability: string, type: 'counter' | 'gauge', help: string, samples: Sample[]]

function family([name, stability, type, help, samples]: Family): string {
  if (samples.length === 0) return ''
  const lines = samples.map(
    (s) => `${name}${s.labels} ${goFloat(s.value)}${s.timeMs === undefined ? '' : ` ${Math.floor(s.timeMs)}`}\n`,
  )
  return `# HELP ${name} [${stability}] ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

const NOT_WINDOWS = 'Reported only on non-windows systems'
const SCRAPE_ERROR = '1 if there was an error while getting container metrics, 0 otherwise'

/**
 * The answer to GET /metrics/resource (kubernetes, pkg/kubelet/metrics/collectors/resource_metrics.go): times in
 * milliseconds, families by name, series by label.
 */
export function writeExposition(report: NodeReport): string {
  return [
    ...containerFamilies(report),
    ...nodeFamilies(report),
    ...podFamilies(report),
    ['resource_scrape_error', 'STABLE', 'gauge', SCRAPE_ERROR, [{ labels: '', value: 0, timeMs: undefined }]] as Family,
  ]
    .map(family)
    .join('')
}

/** What the kubelet answers, with 200, when it cannot read its containers. */
export function writeScrapeError(): string {
  return family([
    'resource_scrape_error',
    'STABLE',
    'gauge',
    SCRAPE_ERROR,
    [{ labels: '', value: 1, timeMs: undefined }],
  ])
}

function containerFamilies(report: NodeReport): Family[] {
  const all = report.pods
    .flatMap(({ pod, containers }) =>
      containers.map((reading) => ({
        reading,
        labels: `{container="${reading.container.name}",namespace="${pod.namespace}",pod="${pod.name}"}`,
      })),
    )
    .sort((a, b) => (a.labels < b.labels ? -1 : 1))
  const start = report.offsetMs
  const series = (value: (r: (typeof all)[number]['reading']) => number) =>
    all.map(({ reading, labels }) => ({ labels, value: value(reading), timeMs: reading.timeMs + report.offsetMs }))
  const starts = all.map(({ reading, labels }) => ({
    labels,
    value: (reading.startMs + start) / 1000,
    timeMs: undefined,
  }))
  const swapLimit = report.node.swapBytes
  return [
    [
      'container_cpu_usage_seconds_total',
      'STABLE',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      series((r) => r.cpuNanoseconds / 1e9),
    ],
    [
      'container_memory_working_set_bytes',
      'STABLE',
      'gauge',
      'Current working set of the container in bytes',
      series((r) => r.memoryBytes),
    ],
    [
      'container_start_time_seconds',
      'STABLE',
      'gauge',
      'Start time of the container since unix epoch in seconds',
      starts,
    ],
    [
      'container_swap_limit_bytes',
      'ALPHA',
      'gauge',
      `Current amount of the container swap limit in bytes. ${NOT_WINDOWS}`,
      series(() => swapLimit),
    ],
    [
      'container_swap_usage_bytes',
      'ALPHA',
      'gauge',
      `Current amount of the container swap usage in bytes. ${NOT_WINDOWS}`,
      series((r) => r.swapBytes),
    ],
  ]
}

function nodeFamilies({ reading, offsetMs }: NodeReport): Family[] {
  const one = (value: number): Sample[] => [{ labels: '', value, timeMs: reading.timeMs + offsetMs }]
  return [
    [
      'node_cpu_usage_seconds_total',
      'STABLE',
      'counter',
      'Cumulative cpu time consumed by the node in core-seconds',
      one(reading.cpuNanoseconds / 1e9),
    ],
    [
      'node_memory_working_set_bytes',
      'STABLE',
      'gauge',
      'Current working set of the node in bytes',
      one(reading.memoryBytes),
    ],
    [
      'node_swap_usage_bytes',
      'ALPHA',
      'gauge',
      `Current swap usage of the node in bytes. ${NOT_WINDOWS}`,
      one(reading.swapBytes),
    ],
  ]
}

function podFamilies(report: NodeReport): Family[] {
  const all = report.pods
    .map(({ pod, reading }) => ({ labels: `{namespace="${pod.namespace}",pod="${pod.name}"}`, reading }))
    .sort((a, b) => (a.labels < b.labels ? -1 : 1))
  const series = (value: (r: NodeReport['reading']) => number): Sample[] =>
    all.map(({ labels, reading }) => ({ labels, value: value(reading), timeMs: reading.timeMs + report.offsetMs }))
  return [
    [
      'pod_cpu_usage_seconds_total',
      'STABLE',
      'counter',
      'Cumulative cpu time consumed by the pod in core-seconds',
      series((r) => r.cpuNanoseconds / 1e9),
    ],
    [
      'pod_memory_working_set_bytes',
      'STABLE',
      'gauge',
      'Current working set of the pod in bytes',
      series((r) => r.memoryBytes),
    ],
    [
      'pod_swap_usage_bytes',
      'ALPHA',
      'gauge',
      `Current amount of the pod swap usage in bytes. ${NOT_WINDOWS}`,
      series((r) => r.swapBytes),
    ],
  ]
}
