import { authentication, authorization } from './apiserver-flags.ts'
import { type AnyFlag, bool, flag, quoted, type Section, section, word } from './flag.ts'
import { FLAGS, helpText, kubeletClient, metricsServer } from './flags.ts'
import { buildOptions, type Options } from './options.ts'
import { readArguments } from './parse.ts'
import { brokenRules } from './rules.ts'

type OutputFormat = 'text' | 'json'

/** What a command line after `doctor` asks for. */
type DoctorOutcome =
  | {
      readonly kind: 'run'
      readonly options: Options
      readonly output: OutputFormat
      /** Text of problems only. */
      readonly quiet: boolean
      /** Where the server's flags come from, for people. */
      readonly flags: string
    }
  | { readonly kind: 'help'; readonly text: string }
  /** Everything that is wrong, a line each. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

const output = flag<OutputFormat>({
  name: 'output',
  short: 'o',
  kind: word('text', 'json'),
  default: 'text',
  help: 'How to report: "text" for people, problems last, "json" one object with every check (docs/doctor.md).',
})
const quiet = flag({
  name: 'quiet',
  short: 'q',
  kind: bool,
  default: false,
  help: 'Print problems only, in text.',
})
/** They leave the flags of the server beside the doctor as they are. */
const OWN_FLAGS: readonly AnyFlag[] = [output, quiet]

const OWN: Section = section('Doctor flags', { output, quiet, help: metricsServer.help })

const HEAD = `Checks the whole way of metrics, from the apiserver to every kubelet and back, and reports what is wrong and how to fix it:
causes once, with what follows from them.

Usage:
  metrics-server doctor [flags]

Give it the flags that the server runs with. In the server's own container it takes them by itself, unless you give any:
  kubectl -n kube-system exec deploy/metrics-server -- metrics-server doctor

Exit code: 0 when nothing is wrong (a check that was skipped is no fault), 1 when anything is, 2 for bad flags.
All flags of the server are known (metrics-server --help); these make a difference:
`

const { help: _help, version: _version, ...server } = metricsServer
const HELP_SECTIONS: readonly Section[] = [
  OWN,
  section('Metrics server flags', server),
  section('Kubelet client flags', kubeletClient),
  section('Apiserver authentication flags', authentication),
  section('Apiserver authorization flags', { kubeconfig: authorization.kubeconfig }),
]

/**
 * The server's arguments in a command line as /proc has it; `undefined` when it runs another program, or another
 * doctor. `program` is the script that we run; the image has one named `metrics-server` besides.
 */
export function serverArgumentsIn(commandLine: string, program: string): readonly string[] | undefined {
  const words = commandLine.split('\0').slice(0, -1)
  const at = words.findIndex((word) => word === program || word.endsWith('/metrics-server'))
  // Before it come Node.js and its own options.
  const isScript = at >= 0 && words.slice(1, at).every((word) => word.startsWith('-'))
  return !isScript || words[at + 1] === 'doctor' ? undefined : words.slice(at + 1)
}

/** `serverArguments` are those of the server that runs beside the doctor, if it is known. */
export function parseDoctorOptions(
  argv: readonly string[],
  serverArguments: () => readonly string[] | undefined,
): DoctorOutcome {
  const flags: readonly AnyFlag[] = [...FLAGS, ...OWN_FLAGS]
  const own = readArguments(argv, flags)
  if (own.values.of(metricsServer.help)) return { kind: 'help', text: helpText(HELP_SECTIONS, HEAD) }
  const isBare = own.problems.length === 0 && own.given.every((given) => OWN_FLAGS.includes(given))
  const found = isBare ? serverArguments() : undefined
  const { values, refused, problems } = found === undefined ? own : readArguments(found, flags)
  const all = [...unexpectedProblems(own.unexpected), ...problems, ...brokenRules(values, refused)]
  if (all.length > 0) return { kind: 'invalid', problems: all }
  return {
    kind: 'run',
    options: buildOptions(values),
    output: own.values.of(output),
    quiet: own.values.of(quiet),
    flags: source(argv, found),
  }
}

/** A person has typed them and meant something, unlike those in a manifest, which the server ignores. */
const unexpectedProblems = (unexpected: readonly string[]): string[] =>
  unexpected.filter((argument) => argument !== '').map((argument) => `unexpected argument: ${quoted(argument)}`)

function source(argv: readonly string[], found: readonly string[] | undefined): string {
  if (found !== undefined) return `those of the server that runs here: ${found.join(' ') || 'none'}`
  return argv.length === 0 ? 'none given, all defaults' : `as given: ${argv.join(' ')}`
}
