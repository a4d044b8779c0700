import type { AnyFlag, Flag, Values } from './flag.ts'
import { tokensOf } from './tokens.ts'

/** What the command line says, before any flag is seen together with another. */
export interface Arguments {
  readonly values: Values
  /** Flags that were given, in the table's order. */
  readonly given: readonly AnyFlag[]
  /** Flags of which a value was refused: what they mean is not known. */
  readonly refused: ReadonlySet<AnyFlag>
  readonly problems: readonly string[]
  /** Arguments that are neither flags nor values of flags. */
  readonly unexpected: readonly string[]
}

/** Reads a command line: every value by its flag's kind, then every flag by its own check. */
export function readArguments(argv: readonly string[], flags: readonly AnyFlag[]): Arguments {
  const values = new Map<AnyFlag, unknown>()
  const refused = new Set<AnyFlag>()
  const problems: string[] = []
  const unexpected: string[] = []
  for (const token of tokensOf(argv, flags)) {
    if ('problem' in token) problems.push(token.problem)
    if ('unexpected' in token) unexpected.push(token.unexpected)
    if (!('flag' in token)) continue
    const { flag, written, text } = token
    const reading = flag.kind.read(text, values.get(flag))
    if ('value' in reading) values.set(flag, reading.value)
    else {
      problems.push(`${written} ${reading.problem}`)
      refused.add(flag)
    }
  }
  const given = flags.filter((flag) => values.has(flag))
  for (const flag of given) {
    const problem = flag.check?.(values.get(flag))
    if (problem === undefined) continue
    problems.push(`--${flag.name} ${problem}`)
    refused.add(flag)
  }
  return { values: valuesFrom(values), given, refused, problems, unexpected }
}

function valuesFrom(given: ReadonlyMap<AnyFlag, unknown>): Values {
  return {
    // A value under a flag was read by that flag's own kind.
    of: <T>(flag: Flag<T>) => (given.has(flag) ? (given.get(flag) as T) : flag.default),
    isGiven: (flag) => given.has(flag),
  }
}
