import type { CheckResult, Section, Status } from './check.ts'
import { type Consequences, groupsOf, type Problem, type Report } from './report.ts'

/** How the report is shown to people. */
export interface TextOptions {
  /** Problems only. */
  readonly quiet: boolean
  /** What it is shown on; `undefined`: nothing is wrapped or cut. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined
  readonly colour: boolean
}

/** Texts stand after the longest status and two blanks. */
const INDENT = 9
const SUBJECTS_SHOWN = 8
/** Well nodes that get a line each. */
const NODES_SHOWN = 10
/** A narrower terminal is treated as one of this width. */
const LEAST_COLUMNS = 40

const COLOURS: Readonly<Record<Status, string>> = { ok: '32', note: '36', skipped: '33', failed: '1;31' }
const NOUNS = new Map([
  ['pod', 'pods'],
  ['autoscaler', 'autoscalers'],
  ['right', 'rights'],
])
const nounOf = (check: string): string => (check.startsWith('node-') ? 'nodes' : (NOUNS.get(check) ?? 'subjects'))

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** One entry of the report: its first line stands after a status, the others below it. */
interface Entry {
  readonly status: Status
  readonly lines: readonly [string, ...string[]]
}

const fix = (remedy: string | undefined): string => (remedy === undefined || remedy === '' ? '' : `=> ${remedy}`)

const named = (check: string, subject: string): string => (subject === '' ? check : `${check} ${subject}`)

/** "node-04, node-05 and 9 more" */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, SUBJECTS_SHOWN).join(', ')
  return names.length > SUBJECTS_SHOWN ? `${shown} and ${names.length - SUBJECTS_SHOWN} more` : shown
}

/** The check and its subject, or how many it has and the first of them, whose message stands for all. */
function headOf(check: string, subjects: readonly string[], message: string): string {
  const [first = ''] = subjects
  if (subjects.length === 1) return `${named(check, first)}: ${message}`
  return `${check}, ${subjects.length} ${nounOf(check)}: ${first}: ${message}`
}

const othersOf = (subjects: readonly string[]): readonly string[] =>
  subjects.length > 1 ? [`the same: ${listed(subjects.slice(1))}`] : []

/** "a, b and c" */
const joined = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')

function consequencesOf({ nodes, pods, failed, skipped }: Consequences): readonly string[] {
  const without = [...(nodes > 0 ? [counted(nodes, 'node')] : []), ...(pods > 0 ? [counted(pods, 'pod')] : [])]
  const isOne = nodes + pods === 1
  const parts = [
    ...(without.length > 0 ? [`${joined(without)} ${isOne ? 'has' : 'have'} no metrics`] : []),
    ...(failed.length > 0 ? [`${joined(failed)} ${failed.length === 1 ? 'fails' : 'fail'} too`] : []),
    ...(skipped.length > 0 ? [`${joined(skipped)} cannot be checked`] : []),
  ]
  return parts.length > 0 ? [`therefore ${parts.join('; ')}`] : []
}

function problemEntry({ check, subjects, message, remedy, consequences }: Problem): Entry {
  const lines = [...othersOf(subjects), ...consequencesOf(consequences), fix(remedy)].filter((line) => line !== '')
  return { status: 'failed', lines: [headOf(check, subjects, message), ...lines] }
}

/** What is fixed in the same way stands together: several checks are skipped for want of rights that come together. */
function skippedEntries(results: readonly CheckResult[]): Entry[] {
  return groupsOf(results, ({ check, remedy }) => remedy ?? check).map(({ results: group }) => {
    const [{ check, subject, message, remedy }] = group
    const messages = [...new Set(group.map((one) => one.message))].join('; ')
    const checks = [...new Set(group.map((one) => one.check))].join(', ')
    const head = group.length === 1 ? `${named(check, subject)}: ${message}` : `${checks}: ${messages}`
    return { status: 'skipped', lines: [`${head} ${fix(remedy)}`.trimEnd()] }
  })
}

/** A line with the fix at its end; equal notes of several subjects are one. */
function plainEntries(results: readonly CheckResult[]): Entry[] {
  return groupsOf(results).map(({ results: group }) => {
    const [{ check, status, message, remedy }] = group
    const subjects = group.map(({ subject }) => subject)
    const head = `${headOf(check, subjects, message)} ${fix(remedy)}`.trimEnd()
    return { status, lines: [head, ...othersOf(subjects)] }
  })
}

const isFolded = ({ status, causedBy }: CheckResult): boolean => status === 'failed' || causedBy !== undefined

/** All but the problems: what is well, notes, and what could not be checked. */
function entriesBeside(sections: readonly Section[]): Entry[] {
  const wellNodes: CheckResult[] = []
  const shown = sections.flatMap(({ checks, summary }) => {
    if (summary === undefined) return checks
    const remarkable = checks.filter(({ status }) => status !== summary.status)
    if (remarkable.length > 0) return remarkable
    if (summary.check === 'node') wellNodes.push(summary)
    return [summary]
  })
  const many = wellNodes.length > NODES_SHOWN ? new Set(wellNodes) : undefined
  const rest = shown.filter((one) => !isFolded(one) && !many?.has(one))
  const isNote = ({ status }: CheckResult): boolean => status !== 'skipped'
  const nodes: Entry[] =
    many === undefined ? [] : [{ status: 'ok', lines: [`node: ${many.size} are well (-o json has each)`] }]
  return [
    ...plainEntries(rest.filter(isNote)),
    ...nodes,
    ...skippedEntries(rest.filter(({ status }) => status === 'skipped')),
  ]
}

/** Breaks a text at blanks into lines of at most `columns`; a longer word has a line of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line === '') line = word
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

/** The text in at most `most` lines, with … where it goes on. */
function wrappedWithin(text: string, columns: number, most: number): string[] {
  const lines = wrapped(text, columns).map((line) => line.slice(0, columns))
  const last = lines[most - 1]
  if (lines.length <= most || last === undefined) return lines
  return [...lines.slice(0, most - 1), `${last.slice(0, columns - 2)} …`]
}

function createWriter({ terminal, colour }: TextOptions) {
  const columns = terminal === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_COLUMNS, terminal.columns) - INDENT
  const laidOut = (status: Status, lines: readonly string[]): string[] =>
    lines.map((line, i) => {
      if (i > 0) return ' '.repeat(INDENT) + line
      const word = colour ? `\u001b[${COLOURS[status]}m${status}\u001b[0m` : status
      return word + ' '.repeat(INDENT - status.length) + line
    })
  return {
    whole: ({ status, lines }: Entry): string[] =>
      laidOut(
        status,
        lines.flatMap((line) => (terminal === undefined ? [line] : wrapped(line, columns))),
      ),
    /** The first line and the fix, each on at most `most` lines of the terminal. */
    brief: ({ status, lines }: Entry, most: number): string[] =>
      laidOut(
        status,
        lines
          .filter((line, i) => i === 0 || line.startsWith('=> '))
          .flatMap((line) => wrappedWithin(line, columns, most)),
      ),
  }
}

/** The problems within the terminal's height, where that is possible: first shortened, then the last of them counted. */
function problemLines(problems: readonly Problem[], options: TextOptions): string[] {
  const write = createWriter(options)
  const entries = problems.map(problemEntry)
  const whole = entries.flatMap(write.whole)
  if (options.terminal === undefined) return whole
  // Below them come a blank line, the verdict of up to two lines and the prompt, and one that says that something was cut.
  const rows = Math.max(2, options.terminal.rows - 5)
  if (whole.length <= rows + 1) return whole
  const shortened = [3, 2, 1].map((most) => entries.map((entry) => write.brief(entry, most)))
  const brief = shortened.find((each) => each.flat().length <= rows) ?? shortened.at(-1) ?? []
  const fitting = brief.flat().length <= rows ? brief : brief.slice(0, Math.max(1, Math.floor(rows / 2)))
  const left = brief.length - fitting.length
  const more = left === 0 ? '' : `${counted(left, 'more problem')}; `
  return [...fitting.flat(), `${' '.repeat(INDENT)}(${more}cut to this terminal: -o json has all)`]
}

function verdict({ healthy, counts, problems, steps }: Report): string {
  const { ok, note, skipped, failed } = counts
  const all = [`${ok} ok`, counted(note, 'note'), `${skipped} skipped`, `${failed} failed`].join(', ')
  const pods = steps.find(({ check, status }) => check === 'pods' && status === 'failed')
  if (!healthy) {
    return `${pods === undefined ? '' : `${pods.message}. `}Something is wrong, ${counted(problems.length, 'cause')}: ${all}.`
  }
  return skipped === 0 ? `All is well: ${all}.` : `Nothing is wrong with what could be checked: ${all}.`
}

/** The report for people: what is well first, the problems last, each cause once with what follows from it. */
export function textReport(sections: readonly Section[], report: Report, options: TextOptions): string {
  const problems = problemLines(report.problems, options)
  const write = createWriter(options)
  if (options.quiet) return problems.map((line) => `${line}\n`).join('')
  const beside = entriesBeside(sections).flatMap(write.whole)
  const end = options.terminal === undefined ? [verdict(report)] : wrapped(verdict(report), options.terminal.columns)
  const parts = [beside, ...(problems.length > 0 ? [problems] : []), end]
  return parts.map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n')
}
