import { goQuote } from './go-quote.ts'

/**
 * Labels of an object, flat and sorted by key: `[key, value, key, value, …]`. Flat, because a cluster has them by the
 * hundred thousand; never a plain object, because keys come from outside.
 */
export type Labels = readonly string[]

export const NO_LABELS: Labels = Object.freeze([])

/** Labels from pairs in any order; of a key that comes twice the last value holds. */
export function labelsFrom(pairs: Iterable<readonly [key: string, value: string]>): Labels {
  const byKey = new Map(pairs)
  if (byKey.size === 0) return NO_LABELS
  const flat: string[] = []
  for (const key of [...byKey.keys()].sort()) flat.push(key, byKey.get(key) ?? '')
  return flat
}

/** The value of a label, `undefined` when the object does not have it. */
export function labelValue(labels: Labels, key: string): string | undefined {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === key) return labels[i + 1]
  return undefined
}

// Texts and rules of k8s.io/apimachinery v0.33, pkg/util/validation/validation.go and pkg/util/validation/field/errors.go.
const NAME_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const NAME_TEXT = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME_FORMAT}')`
const VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME_FORMAT})?')`
const SUBDOMAIN_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_FORMAT}')`
const MAX_NAME_BYTES = 63
const MAX_SUBDOMAIN_BYTES = 253

// Written without nested repetition, so that they take linear time on any input.
const isName = (text: string): boolean => /^[A-Za-z0-9]$|^[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]$/.test(text)
const isSubdomain = (text: string): boolean =>
  text.split('.').every((label) => /^[a-z0-9]$|^[a-z0-9][-a-z0-9]*[a-z0-9]$/.test(label))
const longerThan = (text: string, bytes: number): boolean => Buffer.byteLength(text) > bytes
const tooLong = (bytes: number): string => `must be no more than ${bytes} characters`

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  const problems: string[] = []
  if (longerThan(prefix, MAX_SUBDOMAIN_BYTES)) problems.push(`prefix part ${tooLong(MAX_SUBDOMAIN_BYTES)}`)
  if (!isSubdomain(prefix)) problems.push(`prefix part ${SUBDOMAIN_TEXT}`)
  return problems
}

/** What is wrong with a label key, in apimachinery's words, most general first; empty when nothing is. */
export function labelKeyProblems(key: string): string[] {
  const slash = key.indexOf('/')
  if (slash !== key.lastIndexOf('/')) {
    return [`a qualified name ${NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const problems = slash < 0 ? [] : prefixProblems(key.slice(0, slash))
  const name = key.slice(slash + 1)
  if (name === '') problems.push('name part must be non-empty')
  else if (longerThan(name, MAX_NAME_BYTES)) problems.push(`name part ${tooLong(MAX_NAME_BYTES)}`)
  if (!isName(name)) problems.push(`name part ${NAME_TEXT}`)
  return problems
}

/** What is wrong with a label value, in apimachinery's words; empty when nothing is. */
export function labelValueProblems(value: string): string[] {
  const problems: string[] = []
  if (longerThan(value, MAX_NAME_BYTES)) problems.push(tooLong(MAX_NAME_BYTES))
  if (value !== '' && !isName(value)) problems.push(VALUE_TEXT)
  return problems
}

/** The text of apimachinery's field.Invalid error. */
export function invalidField(path: string, value: string, detail: string): string {
  return `${path}: Invalid value: ${goQuote(value)}: ${detail}`
}
