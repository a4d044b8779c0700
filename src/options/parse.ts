import { didYouMean } from './did-you-mean.ts'
import { type AnyFlag, type Flag, quoted, type Values } from './flag.ts'
import { type EffectiveFlag, effectiveFlags, FLAGS, helpText, metricsServer, SECTIONS } from './flags.ts'
import { buildOptions, type Options } from './options.ts'
import { brokenRules, warningsAbout } from './rules.ts'

/**
 * One argument of a command line, read: a flag with the text of its value, what is wrong with it, or no flag at all.
 */
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
 * Takes a command line apart as pflag does (spf13/pflag, flag.go): `--flag`, `--flag=value`, `--flag value`, `-f
 * value`, `-f=value`, `-fvalue`, booleans in one word `-ab`; `--` ends the flags. It goes on after a problem, so that
 * all of them are reported.
 */
function* tokensOf(argv: readonly string[], flags: readonly AnyFlag[]): Generator<Token> {
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

/** A command line, read before the rules between flags apply. */
interface Arguments {
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

/** What a command line means. */
export type Outcome =
  | {
      readonly kind: 'run'
      readonly options: Options
      /** Every flag with its effective value, for people; made when asked for. */
      flags(): readonly EffectiveFlag[]
      /** Flags that were given and change nothing here, as `--name`. */
      readonly ignored: readonly string[]
      /** What is probably a mistake, but no reason not to run. */
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  /** Everything that is wrong, a line each. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** Reads a command line (without program and script) in full: no problem hides another. */
export function parseOptions(argv: readonly string[]): Outcome {
  const { values, given, refused, problems, unexpected } = readArguments(argv, FLAGS)
  if (values.of(metricsServer.help)) return { kind: 'help', text: helpText(SECTIONS) }
  if (problems.length === 0 && values.of(metricsServer.version)) return { kind: 'version' }
  const all = [...misspeltCommand(argv, unexpected), ...problems, ...brokenRules(values, refused)]
  if (all.length > 0) return { kind: 'invalid', problems: all }
  const ignored = given.filter((flag) => flag.ignored === true).map((flag) => `--${flag.name}`)
  const flags = () => effectiveFlags(values, FLAGS)
  return { kind: 'run', options: buildOptions(values), flags, ignored, warnings: warningsAbout(values, unexpected) }
}

/** Nobody who types `docter` wants a server, though other arguments that are no flags are ignored. */
function misspeltCommand(argv: readonly string[], unexpected: readonly string[]): string[] {
  const [first = ''] = argv
  if (unexpected.includes('doctor')) return ['doctor must be the first argument, before all flags']
  const isNear = unexpected[0] === first && first !== '' && didYouMean(first, ['doctor']) !== undefined
  return isNear ? [`unknown command: ${quoted(first)} (did you mean doctor?)`] : []
}
