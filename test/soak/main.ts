import { parseArgs } from 'node:util'
import { soak } from './soak.ts'
import type { SoakReport } from './tally.ts'

function whole(text: string, option: string): number {
  const number = Number(text)
  if (!(Number.isInteger(number) && number > 0)) throw new RangeError(`--${option}: ${text} is no whole number above 0`)
  return number
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 3 : 1)} %`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function textOf({ lists, refused, judged, storages, wrong, cpuError, ageMs, coverage }: SoakReport): string {
  const kinds = (['node', 'pod'] as const).map((kind) => {
    const [p50, p99, most] = ageMs[kind]
    const [e50, e99] = cpuError[kind]
    return [
      `${kind}s: ${judged[kind]} different values judged`,
      `CPU error p50 ${percent(e50)}, p99 ${percent(e99)}`,
      `age p50 ${seconds(p50)}, p99 ${seconds(p99)}, most ${seconds(most)}`,
    ].join('; ')
  })
  const stored = storages === 0 ? [] : [`${storages} values of ephemeral storage among them`]
  return [
    `${lists} lists, ${refused} of them not answered; ${percent(coverage)} of all nodes served on the average`,
    ...kinds,
    ...stored,
    wrong.length === 0 ? 'Every answer was right for its window, or absent.' : `${wrong.length} WRONG`,
  ].join('\n')
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      minutes: { type: 'string', default: '10' },
      nodes: { type: 'string', default: '100' },
      pods: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      oddities: { type: 'boolean', default: true },
      'slow-kubelets': { type: 'boolean', default: false },
      storage: { type: 'boolean', default: false },
    },
  })
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  const report = await soak({
    signal: ended.signal,
    nodes: whole(values.nodes, 'nodes'),
    podsPerNode: whole(values.pods, 'pods'),
    seed: whole(values.seed, 'seed'),
    lastsMs: whole(values.minutes, 'minutes') * 60_000,
    mischiefEveryMs: 60_000,
    oddities: values.oddities,
    slowKubelets: values['slow-kubelets'],
    storage: values.storage,
    say: (line) => console.error(line),
  })
  console.log(textOf(report))
  if (report.wrong.length > 0 || report.refused > 0) process.exitCode = 1
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
