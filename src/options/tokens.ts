import { didYouMean } from './did-you-mean.ts'
import { type AnyFlag, quoted } from './flag.ts'

/** One argument of a command line, read: a flag with the text of its value, what is wrong with it, or no flag at all. */
type Token =
  | {
      readonly flag: AnyFlag
      /** `--name` or `-n`. */
      readonly written: string
      readonly text: string
    }
  | { readonly problem: string }
  | { readonly unexpected: string }

/** The arguments still to be read; a flag takes its value from their front. */
type Rest = string[]

/**
 * Flags of klog that Kubernetes' components no longer have (KEP-2845). Old manifests still name them.
 */
const REMOVED_KLOG_FLAGS: ReadonlySet<string> = new Set([
  'add-dir-header',
  'alsologtostderr',
  'log-backtrace-at',
  'log-dir',
  'log-file',
  'log-file-max-size',
  'logtostderr',
  'one-output',
  'skip-headers',
  'skip-log-headers',
  'stderrthreshold',
])

/**
 * Takes a command line apart as pflag does (spf13/pflag, flag.go): `--flag`, `--flag=value`, `--flag value`,
 * `-f value`, `-f=value`, `-fvalue`, booleans in one word `-ab`; `--` ends the flags. It goes on after a problem, so that
 * all of them come out.
 */
export function* tokensOf(argv: readonly string[], flags: readonly AnyFlag[]): Generator<Token> {
  const byName = new Map(flags.map((flag) => [flag.name, flag]))
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))
  const rest: Rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') yield* rest.splice(0).map((unexpected) => ({ unexpected }))
    else if (argument.startsWith('--')) yield longFlag(argument, byName, rest)
    else if (argument.length > 1 && argument.startsWith('-')) yield* shortFlags(argument, byShort, rest)
    else yield { unexpected: argument }
  }
}

function longFlag(argument: string, byName: ReadonlyMap<string, AnyFlag>, rest: Rest): Token {
  const equals = argument.indexOf('=')
  const name = equals < 0 ? argument.slice(2) : argument.slice(2, equals)
  const flag = byName.get(name)
  if (flag !== undefined) return given(flag, `--${name}`, equals < 0 ? undefined : argument.slice(equals + 1), rest)
  // What follows is probably its value, and no problem of its own.
  if (equals < 0 && rest[0]?.startsWith('-') === false) rest.shift()
  return { problem: `unknown flag: ${plainOrQuoted(`--${name}`)}${adviceOn(name, [...byName.keys()])}` }
}

function adviceOn(name: string, names: readonly string[]): string {
  if (REMOVED_KLOG_FLAGS.has(name.replaceAll('_', '-'))) return ' (removed in Kubernetes 1.26: drop it)'
  const meant = didYouMean(name, names)
  return meant === undefined ? '' : ` (did you mean --${meant}?)`
}

function* shortFlags(argument: string, byShort: ReadonlyMap<string, AnyFlag>, rest: Rest): Generator<Token> {
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
    yield given(flag, `-${letter}`, isAlone || beside === '' ? undefined : beside, rest)
    letters = isAlone ? after : ''
  }
}

function given(flag: AnyFlag, written: string, beside: string | undefined, rest: Rest): Token {
  const text = beside ?? flag.kind.bare ?? rest.shift()
  return text === undefined ? { problem: `flag needs an argument: ${written}` } : { flag, written, text }
}

const plainOrQuoted = (text: string): string => (/^[\w.-]{1,80}$/.test(text) ? text : quoted(text))
