import { ApiError, expired } from './api-error.ts'
import type { Presentation } from './presentation.ts'
import { keyOf, type Registry, type StoredObject } from './registry.ts'
import type { RequestInfo } from './request.ts'
import { fieldSelector, labelSelector, type Matches } from './selectors.ts'

/** Namespace and selectors of a list or a watch. */
export function selectionOf(info: RequestInfo): Matches {
  const byLabel = labelSelector(info.url.searchParams.get('labelSelector') ?? '')
  const byField = fieldSelector(info.url.searchParams.get('fieldSelector') ?? '')
  const inNamespace: Matches = ({ metadata }) => info.namespace === '' || metadata.namespace === info.namespace
  return (object) => inNamespace(object) && byLabel(object) && byField(object)
}

interface Continuation {
  readonly version: number
  readonly after: string
}

function readContinue(text: string, resource: string, registry: Registry): Continuation {
  let token: Partial<Continuation>
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch (cause) {
    throw new ApiError(400, 'BadRequest', `continue key is not valid: ${(cause as Error).message}`)
  }
  const { version, after } = token
  if (typeof version !== 'number' || typeof after !== 'string')
    throw new ApiError(400, 'BadRequest', 'continue key is not valid: it has no start')
  if (!registry.remembers(resource, version))
    throw expired('The provided continue parameter is too old to display a consistent list result.')
  return { version, after }
}

/**
 * One page of a list. Pages after the first are taken from the present state under the first page's resourceVersion:
 * a watch from there tells of whatever changed in between.
 */
export function listPage(info: RequestInfo, registry: Registry, presentation: Presentation): unknown {
  const query = info.url.searchParams
  const limit = Number(query.get('limit') ?? 0)
  const token = query.get('continue')
  const from = token ? readContinue(token, info.resource, registry) : { version: registry.version, after: '' }
  const selected = selectionOf(info)
  const rest = registry.list(info.resource).filter((o) => keyOf(o.metadata) > from.after && selected(o))
  const page = limit > 0 ? rest.slice(0, limit) : rest
  return presentation.list(page, { resourceVersion: String(from.version), ...more(page, rest, from.version) })
}

function more(page: readonly StoredObject[], rest: readonly StoredObject[], version: number) {
  const last = page.at(-1)
  if (last === undefined || page.length === rest.length) return {}
  const next = Buffer.from(JSON.stringify({ version, after: keyOf(last.metadata) })).toString('base64url')
  return { continue: next, remainingItemCount: rest.length - page.length }
}
