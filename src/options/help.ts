import type { AnyFlag, Section } from './flag.ts'

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
  metrics-server doctor [flags]    looks for what keeps metrics from being served, and says what mends it
`

/** The text of `--help`, laid out as pflag does (spf13/pflag, FlagUsages; component-base, cli/flag/sectioned.go). */
export function helpText(sections: readonly Section[], head = HEAD): string {
  return [head, ...sections.map(sectionText)].join('\n')
}
