/** How a container comes and goes by itself. */
export type Life =
  | { readonly kind: 'forever' }
  /** Runs for `upMs`, is absent for `downMs`, and again. */
  | { readonly kind: 'loop'; readonly upMs: number; readonly downMs: number }
  /** Runs once for `upMs` and is finished. */
  | { readonly kind: 'once'; readonly upMs: number }

/** One run of a container: from `startMs` to `endMs`, milliseconds since the epoch; `Infinity` when no end is in sight. */
export interface Run {
  readonly startMs: number
  readonly endMs: number
  /** How many times it had been started before. */
  readonly restarts: number
}

/** When a container was put (back) to its beginning, and when it was taken away. */
export interface Lifeline {
  readonly life: Life
  /** Milliseconds since the epoch, ascending, at least one: the creation and each restart ordered from outside. */
  readonly births: readonly number[]
  readonly endMs: number | undefined
}

/** A stretch between two births (or a birth and the end). */
interface Stretch {
  readonly startMs: number
  readonly endMs: number
}

function stretches(line: Lifeline): Stretch[] {
  const last = line.endMs ?? Number.POSITIVE_INFINITY
  return line.births.map((startMs, i) => ({ startMs, endMs: Math.min(line.births[i + 1] ?? last, last) }))
}

function startsWithin(life: Life, lengthMs: number): number {
  if (life.kind === 'loop') return Math.ceil(lengthMs / (life.upMs + life.downMs))
  return 1
}

/** The run that goes on at `timeMs`; `undefined` between runs, before the first and after the last. */
export function runAt(line: Lifeline, timeMs: number): Run | undefined {
  let restarts = 0
  for (const stretch of stretches(line)) {
    if (timeMs < stretch.startMs) return undefined
    if (timeMs < stretch.endMs) return runWithin(line.life, stretch, timeMs, restarts)
    restarts += startsWithin(line.life, stretch.endMs - stretch.startMs)
  }
  return undefined
}

function runWithin(life: Life, stretch: Stretch, timeMs: number, restartsBefore: number): Run | undefined {
  if (life.kind === 'forever') return { ...stretch, restarts: restartsBefore }
  const period = life.kind === 'loop' ? life.upMs + life.downMs : Number.POSITIVE_INFINITY
  const round = life.kind === 'loop' ? Math.floor((timeMs - stretch.startMs) / period) : 0
  const startMs = stretch.startMs + (round === 0 ? 0 : round * period)
  const endMs = Math.min(startMs + life.upMs, stretch.endMs)
  return timeMs < endMs ? { startMs, endMs, restarts: restartsBefore + round } : undefined
}

/** How many times the container had been started again by `timeMs`. */
export function restartsBy(line: Lifeline, timeMs: number): number {
  let starts = 0
  for (const { startMs, endMs } of stretches(line)) {
    if (timeMs <= startMs) break
    starts += startsWithin(line.life, Math.min(timeMs, endMs) - startMs)
  }
  return Math.max(0, starts - 1)
}

/** The next moment after `timeMs` at which the container starts or stops by itself; `undefined` when it will not. */
export function nextTurn(line: Lifeline, timeMs: number): number | undefined {
  const { life } = line
  const birth = line.births.at(-1) ?? 0
  if (life.kind === 'forever' || line.endMs !== undefined) return undefined
  if (life.kind === 'once') return timeMs < birth + life.upMs ? birth + life.upMs : undefined
  const period = life.upMs + life.downMs
  const start = birth + Math.max(0, Math.floor((timeMs - birth) / period)) * period
  return timeMs < start + life.upMs ? start + life.upMs : start + period
}

/**
 * What `burned(age)` adds up to over all runs from the first birth to `timeMs`: what the cgroup of the pod has seen,
 * which counts on while containers come and go.
 */
export function burnedByAllRuns(line: Lifeline, timeMs: number, burned: (ageMs: number) => number): number {
  let total = 0
  for (const { startMs, endMs } of stretches(line)) {
    if (timeMs <= startMs) break
    const lengthMs = Math.min(timeMs, endMs) - startMs
    if (line.life.kind === 'forever') total += burned(lengthMs)
    else if (line.life.kind === 'once') total += burned(Math.min(lengthMs, line.life.upMs))
    else {
      const period = line.life.upMs + line.life.downMs
      const whole = Math.floor(lengthMs / period)
      total += whole * burned(line.life.upMs) + burned(Math.min(lengthMs - whole * period, line.life.upMs))
    }
  }
  return total
}
