import { goQuote } from '../kubernetes/go-quote.ts'

/**
 * What reading a flag's value comes to: the value, or what is wrong with it (a phrase that follows the flag's name).
 */
export type Reading<T> = { readonly value: T } | { readonly problem: string }

/** How the values of one type of flag are read and shown. */
export interface Kind<T> {
  /** The word for the value in `--help`; empty for booleans. */
  readonly typeName: string
  /** What `--flag` alone means; `undefined` when a value must follow. */
  readonly bare: string | undefined
  /**
   * Reads one value. `before` is what earlier occurrences of the flag gave, `undefined` at the first: lists grow
   * by it, and the first occurrence replaces the default.
   */
  read(text: string, before: T | undefined): Reading<T>
  /** A default as `--help` shows it; empty when it goes without saying (pflag hides zero values). */
  show(value: T): string
  /** A value in full, zero values too, as pflag's `Value.String()` has it. */
  text(value: T): string
}

/** One command line flag. */
export interface Flag<T> {
  readonly name: string
  readonly short?: string
  readonly kind: Kind<T>
  readonly default: NoInfer<T>
  readonly help: string
  /** Taken because the Go server takes it, but without effect here: named in one warning. */
  readonly ignored?: boolean
  /** What is wrong with a value of the right type: a phrase that follows the flag's name. */
  check?(value: T): string | undefined
}

/** A flag of any type: what the table, the reader and the help see. */
// biome-ignore lint/suspicious/noExplicitAny: flags of different types share one table; each is read and shown by its own kind.
export type AnyFlag = Flag<any>

/** A section of `--help`. */
export interface Section {
  /** The whole heading: "Kubelet client flags". */
  readonly title: string
  /** In the order of their names. */
  readonly flags: readonly AnyFlag[]
}

/** A flag that is taken and changes nothing. */
export function ignored<T>(
  name: string,
  kind: Kind<T>,
  byDefault: T,
  help: string,
  check?: (value: T) => string | undefined,
): Flag<T> {
  const flag: Flag<T> = { name, kind, default: byDefault, help, ignored: true }
  return check === undefined ? flag : { ...flag, check }
}

/** Gives an object literal the type of its flag. */
export const flag = <T>(one: Flag<T>): Flag<T> => one

/** Makes a section of a group of flags. */
export function section(title: string, flags: Readonly<Record<string, AnyFlag>> | readonly AnyFlag[]): Section {
  const sorted = Object.values(flags).sort((a, b) => (a.name < b.name ? -1 : 1))
  return { title, flags: sorted }
}

/** Values of all flags: the given ones, else the defaults. */
export interface Values {
  of<T>(flag: Flag<T>): T
  isGiven(flag: AnyFlag): boolean
}

/** A value from outside for a message: quoted as Go does, on one line, and of bounded length. */
export function quoted(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return goQuote(short)
}
