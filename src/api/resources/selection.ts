import { type FieldSelector, parseFieldSelector } from '../../kubernetes/field-selector.ts'
import { type LabelSelector, parseLabelSelector, SelectorError } from '../../kubernetes/label-selector.ts'
import type { Labels } from '../../kubernetes/labels.ts'
import { memoize } from '../memoize.ts'
import type { ListOptions } from '../request/list-options.ts'
import { ApiError, badRequest } from '../status.ts'

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

const EVERYTHING: Selection = Object.freeze({ everything: true, wanted: [], takes: () => true })

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SelectorError) throw new ApiError(badRequest(error.message), { cause: error })
    throw error
  }
}

function selectionOf(labels: LabelSelector, fields: FieldSelector): Selection {
  if (labels.empty && fields.empty) return EVERYTHING
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
    if (labelSelector === '' && fieldSelector === '') return EVERYTHING
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
