import { inByteOrder, SelectorError } from './label-selector.ts'
import { goQuote } from './go-quote.ts'

export interface FieldSelector {
  /** Whether it selects everything. */
  readonly empty: boolean
  /** `namespace` is '' for a node. */
  matches(name: string, namespace: string): boolean
  /** The one name that it asks for, when it does; a list can be narrowed to it. */
  requiredName(): string | undefined
}

interface Term {
  readonly field: string
  readonly equal: boolean
  readonly value: string
}

/** Cuts at commas that have no backslash before them. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  let escaped = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (escaped) escaped = false
    else if (character === '\\') escaped = true
    else if (character === ',') {
      terms.push(text.slice(start, at))
      start = at + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text
  let value = ''
  let escaped = false
  for (const character of text) {
    const special = character === '\\' || character === ',' || character === '='
    if (escaped && !special) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${character}`)
    if (!escaped && special && character !== '\\') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.codePointAt(0)}`)
    }
    escaped = character === '\\' && !escaped
    if (!escaped) value += character
  }
  if (escaped) throw new SelectorError('invalid field selector: invalid escape sequence: \\')
  return value
}

function parseTerm(term: string, selector: string): Term {
  const operator = /!=|==|=/.exec(term)
  if (operator === null) throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`)
  const value = unescapeValue(term.slice(operator.index + operator[0].length))
  return { field: term.slice(0, operator.index), equal: operator[0] !== '!=', value }
}

function checkField(field: string): void {
  if (field === 'metadata.name' || field === 'metadata.namespace') return
  const known = '"metadata.name", "metadata.namespace"'
  throw new SelectorError(`${goQuote(field)} is not a known field selector: only ${known}`)
}

/** What the terms ask of one field, put together: it takes no longer to match however many there are. */
function fieldRule(terms: readonly Term[], field: string): (actual: string) => boolean {
  const wanted = new Set<string>()
  const excluded = new Set<string>()
  for (const term of terms) if (term.field === field) (term.equal ? wanted : excluded).add(term.value)
  const [only] = wanted
  return (actual) => wanted.size <= 1 && (only === undefined || only === actual) && !excluded.has(actual)
}

/**
 * Reads a field selector as apimachinery's fields.ParseSelector does (pkg/fields/selector.go), and takes the two fields
 * that every kind has (pkg/runtime/conversion.go, DefaultMetaV1FieldSelectorConversion): the name and the namespace,
 * which is '' for nodes. Throws {@link SelectorError} with exactly their messages.
 */
export function parseFieldSelector(text: string, kind: 'nodes' | 'pods'): FieldSelector {
  const inOrder = inByteOrder(splitTerms(text))
  const terms = inOrder.filter((term) => term !== '').map((term) => parseTerm(term, text))
  for (const term of terms) checkField(term.field)
  const takesName = fieldRule(terms, 'metadata.name')
  const takesNamespace = fieldRule(terms, 'metadata.namespace')
  const named = terms.find((term) => term.equal && term.field === 'metadata.name')
  return {
    empty: terms.length === 0,
    matches: (name, namespace) => takesName(name) && takesNamespace(kind === 'nodes' ? '' : namespace),
    requiredName: () => named?.value,
  }
}
