import type { Prepared } from './benchmark.ts'

/** The clocks a measurement reads; microseconds since some fixed moment. */
export interface Stopwatch {
  wallUs(): number
  /** CPU time of this process, user and system, all threads. */
  cpuUs(): number
}

export interface Effort {
  /** How long to run before anything is measured, so that the compiler has seen the code. */
  readonly warmUpMs: number
  /** How long one sample lasts at least. */
  readonly sampleMs: number
  /** How many samples are taken; odd, so that there is one in the middle. */
  readonly samples: number
}

/** What one run costs. */
export interface Measurement {
  /** Wall time, microseconds. */
  readonly wallUs: number
  /** CPU time of the whole process, microseconds: steadier than wall time on a machine that others use too. */
  readonly cpuUs: number
  /** The cheapest and the dearest sample, CPU time, microseconds. */
  readonly cpuMinUs: number
  readonly cpuMaxUs: number
  /** Runs that were measured. */
  readonly runs: number
}

export const systemStopwatch: Stopwatch = {
  wallUs: () => performance.now() * 1000,
  cpuUs() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
}

/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  if (middle === undefined) throw new RangeError('no values, no median')
  return middle
}

/** Not only promises: some libraries begin their work only when `then` is called. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value

async function repeat(prepared: Prepared, runs: number): Promise<void> {
  for (let i = 0; i < runs; i++) {
    const result = prepared.run()
    // Only what is not done yet is waited for: waiting for a value would cost more than many a run.
    if (isThenable(result)) await result
    else prepared.last = result
  }
}

/** How many runs fill a sample; found while warming up. */
async function calibrate(prepared: Prepared, effort: Effort, watch: Stopwatch): Promise<number> {
  const start = watch.wallUs()
  let runs = 0
  let batch = 1
  do {
    await repeat(prepared, batch)
    runs += batch
    batch = Math.min(batch * 2, 1024)
  } while (watch.wallUs() - start < effort.warmUpMs * 1000)
  return Math.max(1, Math.ceil((effort.sampleMs * 1000 * runs) / (watch.wallUs() - start)))
}

/** Warms up, then takes samples of so many runs each that a sample is long against the clocks' grain. */
export async function measure(prepared: Prepared, effort: Effort, watch: Stopwatch): Promise<Measurement> {
  const runs = await calibrate(prepared, effort, watch)
  const wall: number[] = []
  const cpu: number[] = []
  for (let sample = 0; sample < effort.samples; sample++) {
    const wallStart = watch.wallUs()
    const cpuStart = watch.cpuUs()
    await repeat(prepared, runs)
    cpu.push((watch.cpuUs() - cpuStart) / runs)
    wall.push((watch.wallUs() - wallStart) / runs)
  }
  return {
    wallUs: median(wall),
    cpuUs: median(cpu),
    cpuMinUs: Math.min(...cpu),
    cpuMaxUs: Math.max(...cpu),
    runs: runs * effort.samples,
  }
}
