import type { AnyFlag } from '../src/options/flag.ts'
import { SECTIONS, usageOf } from '../src/options/flags.ts'

const cell = (text: string): string =>
  text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*')

const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)

function row(flag: AnyFlag): string {
  return `| ${code(usageOf(flag).trim())} | ${code(flag.kind.show(flag.default))} | ${cell(flag.help)} |`
}

/** docs/flags.md, from the table of flags. */
export function flagsDocument(): string {
  const sections = SECTIONS.map(({ title, flags }) =>
    [`## ${title}`, '', '| flag | default | |', '|---|---|---|', ...flags.map(row), ''].join('\n'),
  )
  return [
    '# Flags',
    '',
    'Generated from `src/options/flags.ts` by `npm run generate`: do not edit.',
    '',
    'Names, types and defaults are those of the Go metrics-server; `--kubelet-metrics-source`, `--sample-retention`,',
    '`--expose-resource-metrics`, `--extra-resources` and `--extra-resources-resolution` are',
    "this server's own. Durations are Go's (`10s`, `1m30s`, `500ms`); booleans stand alone (`--flag`) or with a value",
    '(`--flag=false`); lists are separated by commas, and repeated flags add up. Every problem with the flags is',
    'reported at once, a line each, and the exit code is 1.',
    '',
    ...sections,
  ].join('\n')
}
