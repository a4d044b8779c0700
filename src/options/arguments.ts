import { type AnyFlag, type Flag, quoted, type Values } from './flag.ts'
import { nearest } from './nearest.ts'

/** What the command line says, before any flag is seen together with another. */
export interface Arguments {
  readonly values: Values
  /** Flags that were given, in the table's order. */
  readonly given: readonly AnyFlag[]
  readonly problems: readonly string[]
}

/** A flag as it was written, with its value or `undefined` when none stood beside it. */
interface Mention {
  readonly flag: AnyFlag
  readonly written: string
  readonly value: string | undefined
}

/**
 * Reads a command line as pflag does (spf13/pflag, flag.go): `--flag`, `--flag=value`, `--flag value`, `-f value`,
 * `-f=value`, `-fvalue`, booleans in one word `-ab`, `--` ends the flags. Arguments that are no flags are problems.
 * It goes on after a problem, so that all of them come out at once.
 */
export function readArguments(argv: readonly string[], flags: readonly AnyFlag[]): Arguments {
  const byName = new Map(flags.map((flag) => [flag.name, flag]))
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))
  const values = new Map<AnyFlag, unknown>()
  const problems: string[] = []
  const rest = [...argv]

  const stray = (argument: string) => problems.push(`unexpected argument: ${quoted(argument)}`)

  function take({ flag, written, value }: Mention): void {
    const text = value ?? flag.kind.bare ?? rest.shift()
    if (text === undefined) {
      problems.push(`flag needs an argument: ${written}`)
      return
    }
    const reading = flag.kind.read(text, values.get(flag))
    if ('problem' in reading) problems.push(`${written} ${reading.problem}`)
    else values.set(flag, reading.value)
  }

  function readLong(argument: string): void {
    const equals = argument.indexOf('=')
    const name = equals < 0 ? argument.slice(2) : argument.slice(2, equals)
    const flag = byName.get(name)
    if (flag !== undefined) {
      take({ flag, written: `--${name}`, value: equals < 0 ? undefined : argument.slice(equals + 1) })
      return
    }
    const meant = nearest(name, [...byName.keys()])
    problems.push(
      `unknown flag: ${quotedIfOdd(`--${name}`)}${meant === undefined ? '' : ` (did you mean --${meant}?)`}`,
    )
    const next = rest[0]
    if (equals < 0 && next !== undefined && !next.startsWith('-')) rest.shift()
  }

  function readShort(argument: string): void {
    for (let letters = argument.slice(1); letters !== ''; ) {
      const letter = [...letters][0] ?? ''
      const flag = byShort.get(letter)
      if (flag === undefined) {
        problems.push(`unknown shorthand flag: ${quoted(letter)} in ${quotedIfOdd(argument)}`)
        return
      }
      const after = letters.slice(letter.length)
      const isWord = flag.kind.bare !== undefined && !(after.length > 1 && after.startsWith('='))
      const value = after.length > 1 && after.startsWith('=') ? after.slice(1) : after
      take({ flag, written: `-${letter}`, value: isWord || after === '' ? undefined : value })
      if (!isWord) return
      letters = after
    }
  }

  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') for (const one of rest.splice(0)) stray(one)
    else if (argument.startsWith('--')) readLong(argument)
    else if (argument.length > 1 && argument.startsWith('-')) readShort(argument)
    else stray(argument)
  }
  const given = flags.filter((flag) => values.has(flag))
  for (const flag of given) {
    const problem = flag.check?.(values.get(flag))
    if (problem !== undefined) problems.push(`--${flag.name} ${problem}`)
  }
  return { values: valuesFrom(values), given, problems }
}

function valuesFrom(given: ReadonlyMap<AnyFlag, unknown>): Values {
  return {
    // A value under a flag was read by that flag's own kind.
    of: <T>(flag: Flag<T>) => (given.has(flag) ? (given.get(flag) as T) : flag.default),
    isGiven: (flag) => given.has(flag),
  }
}

const quotedIfOdd = (text: string): string => (/^[\w.-]{1,80}$/.test(text) ? text : quoted(text))
