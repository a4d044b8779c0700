import type { CheckName, CheckResult, Section, Status } from './check.ts'

/** What `--output json` prints: docs/doctor.md. */
export interface Report {
  readonly version: string
  /** RFC 3339. */
  readonly time: string
  /** No check failed. */
  readonly healthy: boolean
  readonly counts: Readonly<Record<Status, number>>
  /** What is wrong, causes only, each once. */
  readonly problems: readonly Problem[]
  readonly steps: readonly CheckResult[]
}

/** Equal failures of one check, and what follows from them. */
export interface Problem {
  readonly check: string
  readonly reason?: string
  /** All that failed alike; one that is empty where the check has no subject. */
  readonly subjects: readonly string[]
  /** That of the first subject. */
  readonly message: string
  readonly remedy: string
  readonly consequences: Consequences
}

export interface Consequences {
  /** How many nodes have no usage served because of it, and how many running pods. */
  readonly nodes: number
  readonly pods: number
  /** Other checks that fail because of it, or could not be made; each name once. */
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
}

/** Results that are alike but for their subjects. */
export interface Group {
  readonly results: readonly [CheckResult, ...CheckResult[]]
}

const keyOf = ({ check, subject }: CheckName): string => `${check} ${subject}`

/** Equal faults have one key: the same check, kind of fault and fix, or the same words about another subject. */
function groupKey({ check, subject, status, message, remedy = '', reason }: CheckResult): string {
  const kind = reason ?? (subject === '' ? message : message.replaceAll(subject, ''))
  return JSON.stringify([status, check, kind, remedy])
}

/** Puts results that are alike together, in the order of the first of each. */
export function groupsOf(results: readonly CheckResult[], key: (result: CheckResult) => string = groupKey): Group[] {
  const groups = new Map<string, [CheckResult, ...CheckResult[]]>()
  for (const result of results) {
    const group = groups.get(key(result))
    if (group === undefined) groups.set(key(result), [result])
    else group.push(result)
  }
  return [...groups.values()].map((results) => ({ results }))
}

const isCause = ({ status, causedBy }: CheckResult): boolean => status === 'failed' && causedBy === undefined

const isOfNodes = ({ results: [first] }: Group): boolean => first.check.startsWith('node-')

/** What is common to many nodes goes before what only one has; all else stays in the order of the checks. */
function byWeight(groups: readonly Group[]): readonly Group[] {
  const at = groups.findIndex(isOfNodes)
  if (at < 0) return groups
  const nodes = groups.filter(isOfNodes).toSorted((a, b) => b.results.length - a.results.length)
  const others = groups.filter((group) => !isOfNodes(group))
  return [...others.slice(0, at), ...nodes, ...others.slice(at)]
}

interface MutableConsequences {
  nodes: number
  pods: number
  readonly failed: Set<string>
  readonly skipped: Set<string>
}

function addConsequence(into: MutableConsequences, { check, status, count = 0 }: CheckResult): void {
  if (check === 'node-sample') into.nodes++
  else if (check === 'node-pods') into.pods += count
  // It sums up what all causes lead to.
  else if (check === 'pods' && status === 'failed') return
  else if (status === 'failed') into.failed.add(check)
  else if (status === 'skipped') into.skipped.add(check)
}

function problemsOf(checks: readonly CheckResult[]): readonly Problem[] {
  const groups = byWeight(groupsOf(checks.filter(isCause)))
  const byCause = new Map<string, MutableConsequences>()
  const all = groups.map((group) => {
    const consequences: MutableConsequences = { nodes: 0, pods: 0, failed: new Set(), skipped: new Set() }
    for (const result of group.results) byCause.set(keyOf(result), consequences)
    return { group, consequences }
  })
  for (const result of checks) {
    const causes = new Set((result.causedBy ?? []).map((cause) => byCause.get(keyOf(cause))))
    for (const consequences of causes) if (consequences !== undefined) addConsequence(consequences, result)
  }
  return all.map(({ group: { results }, consequences: { nodes, pods, failed, skipped } }) => {
    const [{ check, reason, message, remedy = '' }] = results
    // A node's other checks have the same fault once more.
    const others = (names: ReadonlySet<string>) => [...names].filter((name) => name !== check && !isOwn(check, name))
    return {
      check,
      ...(reason !== undefined && { reason }),
      subjects: results.map(({ subject }) => subject),
      message,
      remedy,
      consequences: { nodes, pods, failed: others(failed), skipped: others(skipped) },
    }
  })
}

const isOwn = (check: string, other: string): boolean => check.startsWith('node-') && other.startsWith('node-')

export function reportOf(sections: readonly Section[], version: string, nowMs: number): Report {
  const steps = sections.flatMap(({ checks }) => checks)
  const count = (status: Status): number => steps.filter((one) => one.status === status).length
  const counts = { ok: count('ok'), note: count('note'), skipped: count('skipped'), failed: count('failed') }
  const problems = problemsOf(steps)
  return { version, time: new Date(nowMs).toISOString(), healthy: counts.failed === 0, counts, problems, steps }
}
