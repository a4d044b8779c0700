import { parseWish } from './arguments.ts'
import { BENCHMARKS } from './benchmarks.ts'
import { systemStopwatch } from './measure.ts'
import { loadRecording, recordingOf, saveRecording } from './record.ts'
import { CAREFUL, chosen, QUICK, runAll } from './run.ts'
import { tableOf } from './table.ts'

async function main(args: readonly string[]): Promise<void> {
  const wish = parseWish(args)
  const against = wish.against === undefined ? undefined : loadRecording(wish.against)
  const benchmarks = chosen(BENCHMARKS, wish.names)
  if (benchmarks.length === 0) throw new RangeError(`no benchmark has ${wish.names.join(' or ')} in its name`)

  const progress = process.stderr.isTTY ? () => process.stderr.write('.') : () => {}
  const results = await runAll(benchmarks, wish.quick ? QUICK : CAREFUL, systemStopwatch, progress)
  if (process.stderr.isTTY) process.stderr.write('\n')

  const recording = recordingOf(results)
  const rough = wish.quick ? '; quick, and so rough' : ''
  console.log(`Node.js ${recording.node}, ${recording.cpu}; per run, the median of the samples${rough}`)
  console.log(tableOf(results, against))
  if (wish.save !== undefined) saveRecording(wish.save, recording)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
