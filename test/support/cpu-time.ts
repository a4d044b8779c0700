/** Milliseconds of CPU that this thread spends in `run`: unlike the time on the wall, the same on a busy machine. */
export function cpuMilliseconds(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
