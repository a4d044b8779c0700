/** What a query of PromQL asks for: a metric, and the labels by which it picks or sums series. */
export interface Asked {
  readonly metric: string
  readonly labels: readonly string[]
}

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g
const GROUPING = /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/g

/**
 * Every metric of a query with the labels of its own matchers. Functions, which stand before a parenthesis, and words of
 * operators are no metrics; Grafana's variables stand for strings and times.
 */
export function askedBy(query: string): Asked[] {
  const bare = query
    .replace(STRING, '""')
    .replace(/\$\{?\w+(:\w+)?\}?/g, '5m')
    .replace(GROUPING, ' ')
  const withoutRanges = bare.replace(/\[[^\]]*\]/g, '')
  const operators = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan'])
  const asked: Asked[] = []
  for (const match of withoutRanges.replace(/\{[^}]*\}/g, (braces) => '\0'.repeat(braces.length)).matchAll(NAME)) {
    const [metric] = match
    const after = withoutRanges.slice(match.index + metric.length)
    if (/^\s*\(/.test(after) || operators.has(metric.toLowerCase())) continue
    const matchers = /^\{([^}]*)\}/.exec(after)?.[1] ?? ''
    asked.push({ metric, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) })
  }
  return asked
}

/** The labels that a query groups or joins by. */
export const groupingsOf = (query: string): string[] =>
  [...query.replace(STRING, '""').matchAll(GROUPING)].flatMap(([, , labels = '']) =>
    labels
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  )
