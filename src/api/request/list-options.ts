import { goQuote } from '../../kubernetes/go-quote.ts'
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
