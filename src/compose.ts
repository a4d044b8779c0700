import { createSystemClock } from './model/clock.ts'
import type { Logger } from './model/log.ts'
import type { Options } from './options/options.ts'
import { createLogger } from './telemetry/logger.ts'

/** Opens the log that the options ask for; `write` takes whole lines. */
export function openLog(options: Options, write: (line: string) => void): Logger {
  return createLogger({ ...options.logging, write, clock: createSystemClock(), pid: process.pid })
}

/** Puts all rooms together and starts them. */
export async function start(
  _options: Options,
  _io: { readonly log: Logger; readonly version: string },
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not composed yet')
}
