const MAX_CAUSES = 8
const MAX_SIBLINGS = 5

/**
 * What an error says, with its chain of causes: "cannot ask node a: fetch failed: connect ECONNREFUSED 10.0.0.1:10250".
 * No stack. Nothing is said twice.
 */
export function errorText(error: unknown): string {
  let text = ''
  let current = error
  for (let depth = 0; depth < MAX_CAUSES && current !== undefined && current !== null; depth++) {
    const own = ownText(current)
    if (own !== '' && !text.includes(own) && !isNamed(current, text)) text = text === '' ? own : `${text}: ${own}`
    current = current instanceof Error ? current.cause : undefined
  }
  return text === '' ? String(error) : text
}

/** "ENOENT: no such file or directory, open '/a'" says nothing new where the text has the path and ENOENT already. */
const isNamed = (error: unknown, text: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^E[A-Z0-9]+$/.test(String(error.code)) &&
  text.includes(String(error.code))

function ownText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : safeString(error)
  const said = error.message === '' ? '' : error.message
  if (error instanceof AggregateError && error.errors.length > 0) {
    const each = error.errors.slice(0, MAX_SIBLINGS).map((one) => ownText(one))
    const all = [...new Set(each)].join('; ')
    return said === '' ? all : `${said} (${all})`
  }
  return said === '' ? error.name : said
}

function safeString(value: unknown): string {
  try {
    return String(value)
  } catch {
    return '(cannot be shown)'
  }
}
