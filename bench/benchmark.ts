/** Something to be timed. */
export interface Benchmark {
  /** What one call of `run` does: "decode a Summary". */
  readonly name: string
  /** Makes what the run needs, outside of what is timed. */
  prepare(): Prepared | Promise<Prepared>
}

export interface Prepared {
  /** The work, once. */
  run(): unknown
  /** What it worked on, for the table: "30 pods, 71 KB". */
  readonly size: string
  /** Where the result of a run is left, so that the compiler cannot leave out the work. */
  last?: unknown
  /** Gives back what `prepare` took. */
  close?(): void | Promise<void>
}
