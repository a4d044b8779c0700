const TRIES = 5
/** What is done within this needs no second look. */
const PLAINLY_QUICK_MS = 10

/**
 * Milliseconds of CPU that this thread needs for `run`: unlike the time on the wall, the same on a busy machine. What
 * takes long is run again, up to five times, and the least counts: collecting others' garbage and compiling only ever
 * add to what the work itself takes.
 */
export function cpuMilliseconds(run: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES && least > PLAINLY_QUICK_MS; i++) {
    const before = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
