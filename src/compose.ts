import type { Logger } from './model/log.ts'
import type { Options } from './options/options.ts'

/** Opens the log that the options ask for; `write` takes whole lines. */
export function openLog(_options: Options, _write: (line: string) => void): Logger {
  throw new Error('not composed yet')
}

/** Puts all rooms together and starts them. */
export async function start(
  _options: Options,
  _io: { readonly log: Logger; readonly version: string },
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not composed yet')
}
