/** Named values of a log line. Keys are the program's own words; values may come from outside and are escaped. */
export type LogFields = Readonly<Record<string, unknown>>

/** The log as rooms see it. No token, key or certificate may be handed to it. */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  /** Written only when `--v` is at least `level`. */
  verbose(level: number, message: string, fields?: LogFields): void
}

/**
 * Faults that last: the first report of a key is logged at once, repeats of the same message are counted and logged
 * with their count every ten minutes, and the end is logged once. A fault that comes and goes is logged as one that
 * lasts: its end is logged only when it stays away for two minutes.
 */
export interface FaultLog {
  /** `key` names what is at fault (a node, a watch); `message` what is wrong. A new message under a key is logged at once. */
  report(key: string, message: string, fields?: LogFields): void
  /** The very thing that had failed has worked, and nothing less. Nothing happens when nothing was reported under `key`. */
  resolve(key: string): void
  /** The thing is gone: forget it without a word. */
  forget(key: string): void
}
