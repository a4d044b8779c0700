import { labelInteger, labelMatcher, type LabelOperator, type LabelRequirement } from './label-requirements.ts'
import { invalidField, labelKeyProblems, type Labels, labelValueProblems } from './labels.ts'

/**
 * A label or field selector that cannot be used. `message` is the one that apimachinery gives and an apiserver puts
 * into the Status of its answer 400 as it is.
 */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

/** Texts in the order of their UTF-8 bytes, as Go sorts strings. UTF-16's own order differs only where surrogates are. */
export function inByteOrder(texts: Iterable<string>): string[] {
  const list = [...texts]
  if (!list.some((text) => /[\ud800-\udfff]/.test(text))) return list.sort()
  return list
    .map((text) => ({ text, bytes: Buffer.from(text) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ text }) => text)
}

type LabelTokenKind = 'end' | 'identifier' | 'in' | 'notin' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<'

interface LabelToken {
  readonly kind: LabelTokenKind
  readonly text: string
}

const WHITESPACE = new Set([' ', '\t', '\r', '\n'])
const SYMBOLS = new Map<string, LabelTokenKind>([
  ['(', '('],
  [')', ')'],
  [',', ','],
  ['!', '!'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', '>'],
  ['<', '<'],
])
const NUL = '\0'

function identifierEnd(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === NUL || WHITESPACE.has(character) || SYMBOLS.has(character)) break
    at++
  }
  return at
}

const pastNul = (text: string, at: number): number => (text.charAt(at) === NUL ? at + 1 : at)

/**
 * Cuts a label selector into tokens, the last of which is `end` (apimachinery, pkg/labels/selector.go, Lexer). As there,
 * NUL in the place of a token ends the selector, and NUL right after a token is swallowed. Takes linear time.
 */
function labelTokens(text: string): LabelToken[] {
  const tokens: LabelToken[] = []
  let at = 0
  for (;;) {
    while (at < text.length && WHITESPACE.has(text.charAt(at))) at++
    const first = text.charAt(at)
    if (first === '' || first === NUL) break
    const two = SYMBOLS.get(text.slice(at, at + 2))
    const symbol = two ?? SYMBOLS.get(first)
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol })
      at = pastNul(text, at + symbol.length)
      continue
    }
    const end = identifierEnd(text, at)
    const word = text.slice(at, end)
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word })
    at = pastNul(text, end)
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

const isComparison = (operator: LabelOperator): boolean => operator === '>' || operator === '<'

/** A requirement whose values have been checked (apimachinery, labels.NewRequirement); throws {@link SelectorError}. */
function labelRequirement(key: string, operator: LabelOperator, values: Iterable<string>): LabelRequirement {
  const sorted = inByteOrder(new Set(values))
  const problems = new Set<string>()
  if (isComparison(operator)) {
    sorted.forEach((value, i) => {
      if (labelInteger(value) !== undefined) return
      problems.add(invalidField(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
    })
  }
  sorted.forEach((value, i) => {
    const wrong = labelValueProblems(value)
    if (wrong.length > 0) problems.add(invalidField(`values[${i}][${key}]`, value, wrong.join('; ')))
  })
  const [first, ...others] = problems
  if (first !== undefined) throw new SelectorError(others.length === 0 ? first : `[${[...problems].join(', ')}]`)
  return { key, operator, values: new Set(sorted) }
}

export interface LabelSelector {
  /** Whether it selects everything. */
  readonly empty: boolean
  /** Some labels that every object which it selects has, with this very value. */
  readonly wanted: readonly (readonly [key: string, value: string])[]
  matches(labels: Labels): boolean
}

const END: LabelToken = { kind: 'end', text: '' }
const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt'

/** Requirements that are looked at for {@link LabelSelector.wanted}: one that narrows a list down does. */
const MAX_WANTED = 16

/** Walks the tokens. `in` and `notin` are words like any other wherever no operator is expected. */
interface TokenReader {
  peek(): LabelToken
  next(): LabelToken
}

function tokenReader(tokens: readonly LabelToken[]): TokenReader {
  let at = 0
  return {
    peek: () => tokens[at] ?? END,
    next: () => tokens[at++] ?? END,
  }
}

const isWord = (token: LabelToken): boolean =>
  token.kind === 'identifier' || token.kind === 'in' || token.kind === 'notin'

function readKey(reader: TokenReader): string {
  const token = reader.next()
  if (!isWord(token)) throw new SelectorError(`found '${token.text}', expected: identifier`)
  const problems = labelKeyProblems(token.text)
  // The key has no path there, and Go prints the missing path as "<nil>".
  if (problems.length > 0) throw new SelectorError(invalidField('<nil>', token.text, problems.join('; ')))
  return token.text
}

function readOperator(reader: TokenReader): LabelOperator {
  const { kind, text } = reader.next()
  if (kind === 'in' || kind === 'notin' || kind === '=' || kind === '==' || kind === '!=') return kind
  if (kind === '>' || kind === '<') return kind
  throw new SelectorError(`found '${text}', expected: ${BINARY_OPERATORS}`)
}

/** The inside of `(…)` up to the closing parenthesis, which is left. An empty place between commas is the value "". */
function readList(reader: TokenReader): Set<string> {
  const values = new Set<string>()
  for (;;) {
    const token = reader.next()
    if (isWord(token)) {
      values.add(token.text)
      const after = reader.peek()
      if (after.kind === ')') return values
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`)
    } else if (token.kind === ',') {
      if (values.size === 0) values.add('')
      const after = reader.peek()
      if (after.kind === ')') return values.add('')
      if (after.kind === ',') {
        // A second comma is consumed with the first, so `(a,,)` is an error, as it is in apimachinery v0.33.
        reader.next()
        values.add('')
      }
    } else {
      throw new SelectorError(`found '${token.text}', expected: ',', or identifier`)
    }
  }
}

function readSet(reader: TokenReader): Set<string> {
  const open = reader.next()
  if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`)
  const first = reader.peek()
  if (first.kind === ')') {
    reader.next()
    return new Set([''])
  }
  if (!isWord(first) && first.kind !== ',') {
    throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`)
  }
  const values = readList(reader)
  reader.next()
  return values
}

function readValue(reader: TokenReader): string {
  const token = reader.peek()
  if (token.kind === 'end' || token.kind === ',') return ''
  reader.next()
  if (!isWord(token)) throw new SelectorError(`found '${token.text}', expected: identifier`)
  return token.text
}

function readRequirement(reader: TokenReader): LabelRequirement {
  const negated = reader.peek().kind === '!'
  if (negated) reader.next()
  const key = readKey(reader)
  const after = reader.peek().kind
  // `!key` followed by anything but the end or a comma is refused by the caller, who expects one of them.
  if (negated) return labelRequirement(key, '!', [])
  if (after === 'end' || after === ',') return labelRequirement(key, 'exists', [])
  const operator = readOperator(reader)
  const values = operator === 'in' || operator === 'notin' ? readSet(reader) : [readValue(reader)]
  return labelRequirement(key, operator, values)
}

function prefixed(reader: TokenReader): LabelRequirement {
  try {
    return readRequirement(reader)
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    throw new SelectorError(`unable to parse requirement: ${error.message}`)
  }
}

function readRequirements(reader: TokenReader): LabelRequirement[] {
  const requirements: LabelRequirement[] = []
  const starts = (token: LabelToken): boolean => isWord(token) || token.kind === '!'
  for (;;) {
    const token = reader.peek()
    if (token.kind === 'end') return requirements
    if (!starts(token)) throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`)
    requirements.push(prefixed(reader))
    const after = reader.next()
    if (after.kind === 'end') return requirements
    if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`)
    const next = reader.peek()
    if (!starts(next)) throw new SelectorError(`found '${next.text}', expected: identifier after ','`)
  }
}

function wantedBy({ key, operator, values }: LabelRequirement): [key: string, value: string][] {
  const [value] = values
  const isOne = (operator === '=' || operator === '==' || operator === 'in') && values.size === 1
  return isOne && value !== undefined ? [[key, value]] : []
}

/**
 * Reads a label selector with the whole grammar of apimachinery's labels.Parse (pkg/labels/selector.go, v0.33). Throws
 * {@link SelectorError} with exactly its message. Takes time linear in the length of the text.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = readRequirements(tokenReader(labelTokens(text)))
  return {
    empty: requirements.length === 0,
    wanted: requirements.slice(0, MAX_WANTED).flatMap(wantedBy),
    matches: labelMatcher(requirements),
  }
}
