import { ArgumentError, DEMO_HELP, readArguments } from './demo/arguments.ts'
import { runDemo } from './demo/run.ts'

const stop = new AbortController()
process.on('SIGINT', () => stop.abort())
process.on('SIGTERM', () => stop.abort())
// Whoever read it has gone (`npm run demo | head`): end in order.
process.stdout.on('error', () => stop.abort())

try {
  const demo = readArguments(process.argv.slice(2))
  if (demo === undefined) process.stdout.write(DEMO_HELP)
  else {
    await runDemo(demo, process.stdout, stop.signal)
    // Asked to end before the one answer was there.
    if (demo.once && stop.signal.aborted) process.exitCode = 130
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = error instanceof ArgumentError ? 2 : 1
}
