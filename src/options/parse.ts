import { readArguments } from './arguments.ts'
import { buildOptions } from './build.ts'
import { didYouMean } from './did-you-mean.ts'
import { type EffectiveFlag, effectiveFlags } from './effective-flags.ts'
import { quoted } from './flag.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { FLAGS, SECTIONS } from './flags.ts'
import { helpText } from './help.ts'
import type { Options } from './options.ts'
import { brokenRules } from './rules.ts'
import { warningsAbout } from './warnings.ts'

/** What a command line asks for. */
export type Outcome =
  | {
      readonly kind: 'run'
      readonly options: Options
      /** Every flag as it stands, for people; made when asked for. */
      flags(): readonly EffectiveFlag[]
      /** Flags that were given and change nothing here, as `--name`. */
      readonly ignored: readonly string[]
      /** What is odd but no reason not to run. */
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
