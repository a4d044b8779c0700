import { type FieldSelector, parseFieldSelector } from '../../kubernetes/field-selector.ts'
import { goQuote } from '../../kubernetes/go-quote.ts'
import { type LabelSelector, parseLabelSelector, SelectorError } from '../../kubernetes/label-selector.ts'
import type { Labels } from '../../kubernetes/labels.ts'
import { memoize } from '../memoize.ts'
import { ApiError, badRequest, type InvalidField, invalidListOptions } from '../status.ts'
import { booleanValue, firstValue, type Query } from './request-target.ts'

/** The parameters of a list that mean something here. The others are checked, so that mistakes are reported, and ignored. */
export interface ListOptions {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly watch: boolean
  /** The most objects that a page may have; 0 and less for all, as in the apiserver. */
  readonly limit: number
  /** Where a page begins, as `metadata.continue` of the page before gave it; empty for the start of the list. */
  readonly continue: string
  readonly resourceVersion: string
}

const EVERYTHING: ListOptions = Object.freeze({
  ...{ labelSelector: '', fieldSelector: '', watch: false },
  ...{ limit: 0, continue: '', resourceVersion: '' },
})
const INT64_MAX = 2n ** 63n

/** 0 when it was not given. Beyond 2^53 it is about what was given. */
function int64Value(query: Query, name: string): number {
  const text = firstValue(query, name)
  if (text === undefined) return 0
  const problem = (why: string) => new ApiError(badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: ${why}`))
  if (!/^[+-]?[0-9]+$/.test(text)) throw problem('invalid syntax')
  const value = BigInt(text.slice(0, 64).replace('+', ''))
  if (text.length > 64 || value >= INT64_MAX || value < -INT64_MAX) throw problem('value out of range')
  return Number(value)
}

const forbiddenField = (field: string, why: string): InvalidField => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
})

const unsupportedMatch = (match: string, supported: readonly string[]): InvalidField => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${goQuote(match)}: supported values: ${supported.map(goQuote).join(', ')}`,
  field: 'resourceVersionMatch',
})

const ON_MATCH = 'resourceVersionMatch'
const WITH_CONTINUE = 'resourceVersionMatch is forbidden when continue is provided'

function* listProblems(query: Query): Generator<InvalidField> {
  const match = firstValue(query, ON_MATCH) ?? ''
  const resourceVersion = firstValue(query, 'resourceVersion') ?? ''
  if (match !== '') {
    if (resourceVersion === '')
      yield forbiddenField(ON_MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (firstValue(query, 'continue')) yield forbiddenField(ON_MATCH, WITH_CONTINUE)
    if (match !== 'Exact' && match !== 'NotOlderThan') yield unsupportedMatch(match, ['Exact', 'NotOlderThan', ''])
    if (match === 'Exact' && resourceVersion === '0')
      yield forbiddenField(ON_MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
  if (query.has('sendInitialEvents'))
    yield forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list')
}

function* watchProblems(query: Query): Generator<InvalidField> {
  const match = firstValue(query, ON_MATCH) ?? ''
  const initialEvents = query.has('sendInitialEvents')
  if (initialEvents) {
    if (match !== 'NotOlderThan')
      yield forbiddenField(ON_MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
    yield forbiddenField(
      'sendInitialEvents',
      'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    )
  }
  if (match === '') return
  if (!initialEvents)
    yield forbiddenField(ON_MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  if (match !== 'NotOlderThan') yield unsupportedMatch(match, ['NotOlderThan'])
  if (firstValue(query, 'continue')) yield forbiddenField(ON_MATCH, WITH_CONTINUE)
}

/**
 * Reads the parameters of a list (apimachinery, ListOptions of meta/v1 and their validation in meta/internalversion).
 * @throws ApiError 400 when a number is none.
 */
export function readListOptions(query: Query): ListOptions {
  if (query.size === 0) return EVERYTHING
  int64Value(query, 'timeoutSeconds')
  const limit = int64Value(query, 'limit')
  return {
    labelSelector: firstValue(query, 'labelSelector') ?? '',
    fieldSelector: firstValue(query, 'fieldSelector') ?? '',
    watch: booleanValue(query, 'watch'),
    limit,
    continue: firstValue(query, 'continue') ?? '',
    resourceVersion: firstValue(query, 'resourceVersion') ?? '',
  }
}

/**
 * Refuses parameters that cannot be had together.
 * @throws ApiError 422 naming them all.
 */
export function validateListOptions(query: Query, watch: boolean): void {
  if (!query.has(ON_MATCH) && !query.has('sendInitialEvents')) return
  const problems = [...(watch ? watchProblems(query) : listProblems(query))]
  if (problems.length > 0) throw new ApiError(invalidListOptions(problems))
}

/** An object as selectors see it. */
export interface Selectable {
  readonly name: string
  readonly labels: Labels
}

/** What a list is narrowed to. */
export interface Selection {
  readonly everything: boolean
  /** Labels that every object which it takes has, with this very value. */
  readonly wanted: LabelSelector['wanted']
  takes(object: Selectable, namespace: string): boolean
}

const ALL: Selection = Object.freeze({ everything: true, wanted: [], takes: () => true })

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SelectorError) throw new ApiError(badRequest(error.message), { cause: error })
    throw error
  }
}

function selectionOf(labels: LabelSelector, fields: FieldSelector): Selection {
  if (labels.empty && fields.empty) return ALL
  const narrowed = { everything: false, wanted: labels.wanted }
  if (fields.empty) return { ...narrowed, takes: (object) => labels.matches(object.labels) }
  return {
    ...narrowed,
    takes: (object, namespace) => fields.matches(object.name, namespace) && labels.matches(object.labels),
  }
}

/** As many as a big cluster has HPAs. */
const MEMOIZED_SELECTORS = 2048

/**
 * Reads the selectors of lists; label selectors are memoized, for every HPA sends the same one again and again.
 * @returns a function that throws ApiError 400 with the parser's own words.
 */
export function createSelectionReader(): (options: ListOptions, kind: 'nodes' | 'pods') => Selection {
  const labelsOf = memoize(parseLabelSelector, MEMOIZED_SELECTORS)
  return ({ labelSelector, fieldSelector }, kind) => {
    if (labelSelector === '' && fieldSelector === '') return ALL
    return selectionOf(
      parsed(() => labelsOf(labelSelector)),
      parsed(() => parseFieldSelector(fieldSelector, kind)),
    )
  }
}

/** The one object name that a field selector asks for, when it does and can be read. */
export function requiredName(fieldSelector: string): string | undefined {
  try {
    return parseFieldSelector(fieldSelector, 'pods').requiredName()
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}
