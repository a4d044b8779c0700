/** One clause of an Accept header. */
export interface AcceptClause {
  readonly type: string
  readonly subtype: string
  readonly quality: number
  /** Parameters but `q`; of one that comes twice the last holds. */
  readonly parameters: ReadonlyMap<string, string>
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()
/** Up to this many clauses Go's sort.Sort is an insertion sort, whose order for this order relation we keep. */
const INSERTION_SORT_LIMIT = 12

/** Without the spaces around it. A loop, because / +$/ takes quadratic time on long runs of spaces. */
function trimSpaces(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text.charAt(start) === ' ') start++
  while (end > start && text.charAt(end - 1) === ' ') end--
  return text.slice(start, end)
}

/** strconv.ParseFloat(text, 32) with the error ignored: 0 where there is no number. */
function parseQuality(text: string): number {
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text)
  if (special !== null) {
    if (special[2] === undefined) return special[1] === '' ? Number.NaN : 0
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Math.fround(Number(text)) : 0
}

/** What is before and after the first separator; without one, all is before it. */
function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function parseParameters(texts: readonly string[]): { quality: number; parameters: ReadonlyMap<string, string> } {
  let quality = 1
  const parameters = new Map<string, string>()
  for (const text of texts) {
    const [name, rest] = cut(text, '=')
    const [value, more] = cut(rest, '=')
    if (rest === '' || more !== '') continue
    if (trimSpaces(name) === 'q') quality = parseQuality(value)
    else parameters.set(trimSpaces(name), trimSpaces(value))
  }
  return { quality, parameters }
}

function parseClause(text: string): AcceptClause | undefined {
  const [range = '', ...parameterTexts] = trimSpaces(text).split(';')
  const [before, rest] = cut(range, '/')
  const [subtype, more] = cut(rest, '/')
  const type = trimSpaces(before)
  if (more !== '' || (rest === '' && type !== '*')) return undefined
  const { quality, parameters } =
    parameterTexts.length === 0 ? { quality: 1, parameters: NO_PARAMETERS } : parseParameters(parameterTexts)
  return { type, subtype: rest === '' ? '*' : trimSpaces(subtype), quality, parameters }
}

/** goautoneg's order: no proper one, since "text/html before *" holds whatever their qualities are. */
function comesBefore(a: AcceptClause, b: AcceptClause): boolean {
  return a.quality > b.quality || (a.type !== '*' && b.type === '*') || (a.subtype !== '*' && b.subtype === '*')
}

function insertionSort(clauses: AcceptClause[]): void {
  for (let i = 1; i < clauses.length; i++) {
    for (let j = i; j > 0; j--) {
      const [left, right] = [clauses[j - 1], clauses[j]]
      if (left === undefined || right === undefined || !comesBefore(right, left)) break
      clauses[j - 1] = right
      clauses[j] = left
    }
  }
}

/**
 * Reads an Accept header as munnerz/goautoneg's ParseAccept does, quirks included: clauses that are no media range are
 * dropped, `*` is "any type", a bad `q` is 0, a parameter without a value is dropped; best clause first.
 */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = []
  for (const text of header.split(',')) {
    const clause = parseClause(text)
    if (clause !== undefined) clauses.push(clause)
  }
  if (clauses.length <= INSERTION_SORT_LIMIT) insertionSort(clauses)
  else clauses.sort((a, b) => (comesBefore(a, b) ? -1 : comesBefore(b, a) ? 1 : 0))
  return clauses
}

/** Whether a clause takes a media type, wildcards included. */
export function clauseTakes(clause: AcceptClause, type: string, subtype: string): boolean {
  if (clause.type === '*') return clause.subtype === '*'
  return clause.type === type && (clause.subtype === subtype || clause.subtype === '*')
}

/**
 * Whether go-restful lets a request through to a route that produces `produces` (route.go, matchesAccept): some clause,
 * without its parameters, is "any type" or equal to one of them. Wildcards like `application/*` are not understood there.
 */
export function routeAccepts(header: string, produces: readonly string[]): boolean {
  // As there, nothing comes after a comma at the end of a header.
  const texts = header.endsWith(',') ? header.slice(0, -1).split(',') : header.split(',')
  return texts.some((text) => {
    const range = trimSpaces(text.split(';', 1)[0] ?? '')
    return range === '*/*' || produces.includes(range)
  })
}

/**
 * Which of the offered media types a header asks for first, for documents that are negotiated without apiserver's rules: those
 * of OpenAPI (k8s.io/kube-openapi, pkg/handler/handler.go). No header means the first; `undefined` is a bare 406.
 * @param offered such as "application/json", in the order in which wildcards take them.
 */
export function firstOffered(header: string | undefined, offered: readonly string[]): string | undefined {
  const clauses = parseAccept(header === undefined || header === '' ? '*/*' : header)
  for (const { type, subtype } of clauses) {
    const found = offered.find((media) => {
      const [offeredType, offeredSubtype] = cut(media, '/')
      return (type === '*' || type === offeredType) && (subtype === '*' || subtype === offeredSubtype)
    })
    if (found !== undefined) return found
  }
  return undefined
}
