/** Named values of a log line. Keys are the program's own words; values may come from outside and are escaped. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The log. A message is the same text each time, so that lines can be grouped by it; what differs is in fields: `err` for the
 * cause, `node`, `address`, `what`. No token, key or certificate may be handed to it.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  /** Written only when `--v` is at least `level`; fields that cost something are made then, by a function. */
  verbose(level: number, message: string, fields?: LogFields | (() => LogFields)): void
}

/**
 * Faults that last: the first report of a key is logged at once, repeats of the same message with the same `err` are counted
 * and logged with their count every ten minutes, and the end is logged once.
 */
export interface FaultLog {
  /**
   * `key` names what is at fault (a node, a watch), `message` what is wrong, the field `err` why. Another message or `err`
   * under a key is logged at once.
   */
  report(key: string, message: string, fields?: LogFields): void
  /** The fault is over. Nothing happens when nothing was reported under `key`. */
  resolve(key: string): void
  /** The thing is gone: forget its fault and log nothing. */
  forget(key: string): void
}

/** Text from outside as one short line: nothing in it can begin a new line, move a terminal's cursor or hide text. */
export function oneLine(text: string, limit: number): string {
  const plain = text
    .slice(0, limit * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain
}
