import type { Logger } from '../model/log.ts'
import type { EffectiveFlag } from './flags.ts'
import type { Options } from './options.ts'
import { parseOptions } from './parse.ts'

/** What runs: made by the composition root. */
export interface Running {
  /** Answers what is in flight and lets go of everything. */
  stop(): Promise<void>
}

/** What the composition root is handed beside the options. */
interface StartParts<Log extends Logger> {
  readonly log: Log
  readonly version: string
  /** Every flag with its effective value, for people. */
  flags(): readonly EffectiveFlag[]
}

/** The world around the program, handed in so that a test can be it. */
export interface ProgramParts<Log extends Logger = Logger> {
  readonly argv: readonly string[]
  readonly version: string
  /** Standard output: help and version. */
  print(text: string): void
  /** Standard error: problems with the flags. */
  complain(text: string): void
  openLog(options: Options): Log
  start(options: Options, io: StartParts<Log>): Promise<Running>
  /** Calls `listener` at every SIGTERM and SIGINT. */
  onSignal(listener: (signal: string) => void): void
  /** Calls `listener` at what nobody caught. */
  onFault(listener: (kind: string, error: unknown) => void): void
}

/**
 * The life of the program; resolves with its exit code. 0: asked for help or version, or stopped by a signal.
 * 1: bad flags (each on a line of standard error, before anything listens), a start that failed, a fault that nobody
 * caught, or a second signal, which ends it at once.
 */
export async function runProgram<Log extends Logger>(parts: ProgramParts<Log>): Promise<number> {
  const outcome = parseOptions(parts.argv)
  if (outcome.kind === 'help') parts.print(outcome.text)
  if (outcome.kind === 'version') parts.print(`${versionLine(parts.version)}\n`)
  if (outcome.kind === 'invalid') {
    for (const problem of outcome.problems) parts.complain(`Error: ${problem}\n`)
    return 1
  }
  if (outcome.kind !== 'run') return 0
  const log = parts.openLog(outcome.options)
  const given = outcome.flags().filter((flag) => flag.given)
  log.info('Starting metrics-server', {
    version: versionLine(parts.version),
    nodejs: process.version,
    flags: given.map(({ name, value }) => `--${name}=${value}`),
  })
  for (const warning of outcome.warnings) log.warn(warning)
  if (outcome.ignored.length > 0)
    log.warn('Ignored flags that have no effect in this server', { flags: outcome.ignored.join(' ') })
  return serve(parts, outcome, log)
}

/** As the Go server prints its version: one line that starts with a v. */
const versionLine = (version: string): string => `v${version}`

function serve<Log extends Logger>(
  parts: ProgramParts<Log>,
  { options, flags }: Pick<StartParts<Log>, 'flags'> & { readonly options: Options },
  log: Log,
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
    parts.onFault((kind, error) => {
      log.error('Unexpected fault, giving up', { kind, err: error })
      resolve(1)
    })
    parts.onSignal((signal) => {
      if (isStopping) {
        log.warn('Second signal, leaving at once', { signal })
        return resolve(1)
      }
      isStopping = true
      log.info('Stopping', { signal })
      // Not started yet: there is nothing in flight to wait for.
      void stop().then(resolve)
    })
    parts.start(options, { log, version: parts.version, flags }).then(
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
