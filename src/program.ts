import type { Logger } from './model/log.ts'
import type { Outcome } from './options/parse.ts'

/** What runs: made by the composition root. */
export interface Running {
  /** Answers what is in flight and lets go of everything. */
  stop(): Promise<void>
}

/** The process around the program, passed in so that a test can take its place. */
export interface Environment {
  readonly version: string
  stdout(text: string): void
  stderr(text: string): void
  /** Calls `listener` at every SIGTERM and SIGINT. */
  onSignal(listener: (signal: string) => void): void
  /** Calls `listener` at an uncaught exception or rejection. */
  onFault(listener: (kind: string, error: unknown) => void): void
}

/** As the Go server prints its version: one line that starts with a v. */
const versionLine = (version: string): string => `v${version}`

type RunOutcome = Extract<Outcome, { readonly kind: 'run' }>

/** Answers a command line that starts no server, and returns the exit code: 0 for help and version, 1 for bad flags. */
export function answer(
  outcome: Exclude<Outcome, RunOutcome>,
  { version, stdout, stderr }: Pick<Environment, 'version' | 'stdout' | 'stderr'>,
): number {
  if (outcome.kind === 'help') stdout(outcome.text)
  if (outcome.kind === 'version') stdout(`${versionLine(version)}\n`)
  if (outcome.kind !== 'invalid') return 0
  for (const problem of outcome.problems) stderr(`Error: ${problem}\n`)
  return 1
}

/** Logs what is about to start: version, flags, and warnings about them. */
export function announce(
  log: Logger,
  version: string,
  { flags, warnings, ignored }: Omit<RunOutcome, 'options'>,
): void {
  const given = flags().filter((flag) => flag.given)
  log.info('Starting metrics-server', {
    version: versionLine(version),
    nodejs: process.version,
    flags: given.map(({ name, value }) => `--${name}=${value}`),
  })
  for (const warning of warnings) log.warn(warning)
  if (ignored.length > 0) log.warn('Ignored flags that have no effect in this server', { flags: ignored.join(' ') })
}

/**
 * Starts the server and stops it at a signal; resolves with the exit code. 0: stopped by a signal. 1: a start or a stop
 * that failed, an uncaught exception, or a second signal, which ends the process at once.
 */
export function runUntilStopped(
  log: Logger,
  { onSignal, onFault }: Pick<Environment, 'onSignal' | 'onFault'>,
  start: () => Promise<Running>,
): Promise<number> {
  return new Promise((resolve) => {
    let running: Running | undefined
    let isStopping = false

    const stop = async (): Promise<number> => {
      try {
        await running?.stop()
        log.info('Stopped')
        return 0
      } catch (error) {
        log.error('Stopping failed', { err: error })
        return 1
      }
    }
    onFault((kind, error) => {
      log.error('Unexpected fault, giving up', { kind, err: error })
      resolve(1)
    })
    onSignal((signal) => {
      if (isStopping) {
        log.warn('Second signal, leaving at once', { signal })
        return resolve(1)
      }
      isStopping = true
      log.info('Stopping', { signal })
      // Not started yet: there is nothing in flight to wait for.
      void stop().then(resolve)
    })
    start().then(
      (started) => {
        running = started
      },
      (error: unknown) => {
        if (isStopping) return
        log.error('Could not start', { err: error })
        resolve(1)
      },
    )
  })
}
