import { type AnyFlag, type Section, section, type Values } from './flag.ts'
import { auditLog } from './flags/audit-log.ts'
import { authentication } from './flags/authentication.ts'
import { authorization } from './flags/authorization.ts'
import { features } from './flags/features.ts'
import { generic } from './flags/generic.ts'
import { kubeletClient } from './flags/kubelet-client.ts'
import { logging } from './flags/logging.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { secureServing } from './flags/secure-serving.ts'

/** The table of all flags, in the order of the Go server's `--help`. */
const GROUPS = [
  ['Metrics server flags', metricsServer],
  ['Generic flags', generic],
  ['Kubelet client flags', kubeletClient],
  ['Apiserver secure serving flags', secureServing],
  ['Apiserver authentication flags', authentication],
  ['Apiserver authorization flags', authorization],
  ['Apiserver audit log flags', auditLog],
  ['Features flags', features],
  ['Logging flags', logging],
] as const

/** Every flag, by group. */
export const FLAGS: readonly AnyFlag[] = GROUPS.flatMap(([title, flags]) => section(title, flags).flags)

const effective = GROUPS.map(([title, flags]) => section(title, flags)).map(({ title, flags }) => ({
  title,
  flags: flags.filter((flag) => flag.ignored !== true),
}))

/** What `--help` and docs/flags.md show: those that change nothing come last, together. */
export const SECTIONS: readonly Section[] = [
  ...effective.filter(({ flags }) => flags.length > 0),
  section(
    'Flags of the Go server that are accepted and have no effect here',
    FLAGS.filter(({ ignored }) => ignored === true),
  ),
]

/** A flag with its effective value. */
export interface EffectiveFlag {
  /** Without dashes. */
  readonly name: string
  /** As pflag writes a value of its type. No flag holds a secret: credentials are given as files, by their paths. */
  readonly value: string
  readonly default: string
  /** On the command line, be it with the value of its default. */
  readonly given: boolean
  /** Taken for the Go server's sake, without effect here. */
  readonly ignored: boolean
}

/** Every flag with its value, by name. */
export function effectiveFlags(values: Values, flags: readonly AnyFlag[]): EffectiveFlag[] {
  const all = flags.map((flag) => ({
    name: flag.name,
    value: flag.kind.text(values.of(flag)),
    default: flag.kind.text(flag.default),
    given: values.isGiven(flag),
    ignored: flag.ignored === true,
  }))
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A flag with its short form and the word for its value: "-l, --node-selector string". */
export function usageOf(flag: AnyFlag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const type = flag.kind.typeName === '' ? '' : ` ${flag.kind.typeName}`
  return `${short}--${flag.name}${type}`
}

function sectionText({ title, flags }: Section): string {
  const width = Math.max(...flags.map((flag) => usageOf(flag).length))
  const lines = flags.map((flag) => {
    const shown = flag.kind.show(flag.default)
    const help = flag.help.replaceAll('\n', `\n${' '.repeat(width + 5)}`)
    return `  ${usageOf(flag).padEnd(width)}   ${help}${shown === '' ? '' : ` (default ${shown})`}`
  })
  return `${title}:\n\n${lines.join('\n')}\n`
}

const HEAD = `Serves CPU and memory usage of nodes and pods as the API metrics.k8s.io of Kubernetes.

Usage:
  metrics-server [flags]
  metrics-server doctor [flags]    finds what keeps metrics from being served, and how to fix it
`

/** The text of `--help`, laid out as pflag does (spf13/pflag, FlagUsages; component-base, cli/flag/sectioned.go). */
export function helpText(sections: readonly Section[], head = HEAD): string {
  return [head, ...sections.map(sectionText)].join('\n')
}
