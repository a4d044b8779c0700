import { type AnyFlag, quoted } from './flag.ts'
import { nearest } from './nearest.ts'

/** A flag as it was written, with the text of its value. */
export interface Mention {
  readonly flag: AnyFlag
  /** `--name` or `-n`. */
  readonly written: string
  readonly text: string
}

/** What one argument comes to: a flag with its value, or what is wrong with it. */
export type Item = Mention | { readonly problem: string }

/** The arguments still to be read; a flag takes its value from their front. */
type Rest = string[]

/**
 * Takes a command line apart as pflag does (spf13/pflag, flag.go): `--flag`, `--flag=value`, `--flag value`,
 * `-f value`, `-f=value`, `-fvalue`, booleans in one word `-ab`; `--` ends the flags. Arguments that are no flags are
 * problems. It goes on after a problem, so that all of them come out.
 */
export function* mentionsIn(argv: readonly string[], flags: readonly AnyFlag[]): Generator<Item> {
  const byName = new Map(flags.map((flag) => [flag.name, flag]))
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))
  const rest: Rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') yield* rest.splice(0).map(stray)
    else if (argument.startsWith('--')) yield longFlag(argument, byName, rest)
    else if (argument.length > 1 && argument.startsWith('-')) yield* shortFlags(argument, byShort, rest)
    else yield stray(argument)
  }
}

function longFlag(argument: string, byName: ReadonlyMap<string, AnyFlag>, rest: Rest): Item {
  const equals = argument.indexOf('=')
  const name = equals < 0 ? argument.slice(2) : argument.slice(2, equals)
  const flag = byName.get(name)
  if (flag !== undefined) return mention(flag, `--${name}`, equals < 0 ? undefined : argument.slice(equals + 1), rest)
  // What follows is probably its value, and no problem of its own.
  if (equals < 0 && rest[0]?.startsWith('-') === false) rest.shift()
  const meant = nearest(name, [...byName.keys()])
  return {
    problem: `unknown flag: ${plainOrQuoted(`--${name}`)}${meant === undefined ? '' : ` (did you mean --${meant}?)`}`,
  }
}

function* shortFlags(argument: string, byShort: ReadonlyMap<string, AnyFlag>, rest: Rest): Generator<Item> {
  for (let letters = argument.slice(1); letters !== ''; ) {
    const letter = [...letters][0] ?? ''
    const flag = byShort.get(letter)
    if (flag === undefined) {
      yield { problem: `unknown shorthand flag: ${quoted(letter)} in ${plainOrQuoted(argument)}` }
      return
    }
    const after = letters.slice(letter.length)
    const isAssigned = after.length > 1 && after.startsWith('=')
    const isAlone = flag.kind.bare !== undefined && !isAssigned
    const beside = isAssigned ? after.slice(1) : after
    yield mention(flag, `-${letter}`, isAlone || beside === '' ? undefined : beside, rest)
    letters = isAlone ? after : ''
  }
}

function mention(flag: AnyFlag, written: string, beside: string | undefined, rest: Rest): Item {
  const text = beside ?? flag.kind.bare ?? rest.shift()
  return text === undefined ? { problem: `flag needs an argument: ${written}` } : { flag, written, text }
}

const stray = (argument: string): Item => ({ problem: `unexpected argument: ${quoted(argument)}` })

const plainOrQuoted = (text: string): string => (/^[\w.-]{1,80}$/.test(text) ? text : quoted(text))
