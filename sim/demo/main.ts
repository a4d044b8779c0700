import { ArgumentError, DEMO_HELP, readArguments } from './arguments.ts'
import { runDemo } from './run.ts'

const PARENT_CHECK_MS = 1000
/** As a shell reports a program that SIGINT ended. */
const INTERRUPTED = 130

/** Runs the demo with a process' arguments and streams. Resolves with the exit code once nothing is left behind. */
export async function main(process: NodeJS.Process): Promise<number> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  // SIGHUP comes when the terminal is closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // The reader has gone (`npm run demo | head`), or the terminal has: end in order.
  process.stdout.on('error', end)
  process.stderr.on('error', end)
  // npm may be killed without a word to us.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) end()
  }, PARENT_CHECK_MS)
  try {
    const demo = readArguments(process.argv.slice(2))
    if (demo === undefined) {
      process.stdout.write(DEMO_HELP)
      return 0
    }
    await runDemo(demo, process.stdout, stop.signal)
    // Asked to end before the one answer was there.
    return demo.once && stop.signal.aborted ? INTERRUPTED : 0
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return error instanceof ArgumentError ? 2 : 1
  } finally {
    clearInterval(watch)
  }
}
